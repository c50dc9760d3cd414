import type { RequestListener } from "node:http";
import type { TestContext } from "node:test";
import { startHttpBackend } from "../support/container.js";
import {
	startToolDaemon,
	TOOL_PREFIX,
	type ToolMap,
} from "../support/tools.js";
import { type Diagnosis, examine, expectDiagnosis } from "./examined.js";
import { type FrontFaults, startFront } from "./raw-front.js";

/** A Galaxy with tools at http://localhost:PORT: a front proxy of raw bytes before a page of Galaxy's and a daemon. */
export interface ToolsSite {
	/** Galaxy's address. */
	readonly url: string;
	/** The flags of doctor for the daemon. */
	readonly args: readonly string[];
	readonly map: ToolMap;
}

const WILDCARD = /^host: [^\s.]+\.ep\.interactivetool\.localhost:\d+\r$/im;

/** Whether a request's head is for a tool, by path or by host name. */
export function isForTool(path: string, head: string): boolean {
	return path.startsWith(`${TOOL_PREFIX}/`) || WILDCARD.test(head);
}

export interface ToolsFaults extends FrontFaults {
	/** Answers in place of Galaxy's page. */
	readonly galaxy?: RequestListener;
	/** The daemon's map in place of one with a tool. */
	readonly sessions?: string;
}

export async function startToolsSite(
	t: TestContext,
	{ galaxy, sessions, ...faults }: ToolsFaults = {},
): Promise<ToolsSite> {
	const { daemon, map } = await startToolDaemon(
		t,
		sessions === undefined ? {} : { map: sessions },
	);
	const answer: RequestListener = (_, response) => response.end("Galaxy");
	const page = await startHttpBackend(t, galaxy ?? answer);
	const behind = { proxy: daemon.port, galaxy: page.port };
	const to = (path: string, head: string) =>
		isForTool(path, head) ? ("proxy" as const) : ("galaxy" as const);
	const port = await startFront(t, behind, { to, ...faults });
	const prefix = ["--mode", "gxit", "--proxyPathPrefix", TOOL_PREFIX];
	const place = ["--sessions", daemon.map, "--port", String(daemon.port)];
	return {
		url: `http://localhost:${port}`,
		args: [...prefix, ...place],
		map,
	};
}

/** A fault of the front proxy, and doctor's diagnosis of it. */
export interface ToolsCase extends ToolsFaults, Diagnosis {
	readonly flags?: readonly string[];
}

/** Examines a site for each case, as a subtest of that name. */
export async function expectToolDiagnoses(
	t: TestContext,
	cases: Record<string, ToolsCase>,
	...flags: readonly string[]
): Promise<void> {
	for (const [name, each] of Object.entries(cases))
		await t.test(name, async (t) => {
			const { url, args } = await startToolsSite(t, each);
			const all = [...args, "--url", url, ...flags, ...(each.flags ?? [])];
			expectDiagnosis(await examine(all), each);
		});
}
