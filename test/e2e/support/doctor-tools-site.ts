import { createServer } from "node:http";
import type { TestContext } from "node:test";
import { examine } from "../../doctor/examined.js";
import { startDaemon } from "../../support/daemon.js";
import { freePort } from "../../support/free-port.js";
import { KEY, startToolMap, TOKEN, TOOL_PREFIX } from "../../support/tools.js";
import { startEchoingTool } from "./echoing-tool.js";
import { type Place, placeFor } from "./place.js";

/** A daemon with one tool and a page of Galaxy's, without a front server. */
export interface DoctorSite {
	readonly place: Place;
	readonly proxyPort: number;
	readonly galaxyPort: number;
	/** Of the daemon's admin listener. */
	readonly admin: string;
	/** The flags of doctor for the daemon. */
	readonly args: readonly string[];
}

export async function openDoctorSite(
	t: TestContext,
	name: string,
): Promise<DoctorSite> {
	const place = placeFor(t, name);
	const tool = await startEchoingTool(place);
	const map = startToolMap(t);
	await map.put(KEY, TOKEN, "127.0.0.1", tool.port);
	const admin = `127.0.0.1:${await freePort()}`;
	const flags = ["--mode", "gxit", "--proxyPathPrefix", TOOL_PREFIX];
	const daemon = await startDaemon(t, {
		map: map.path,
		args: [...flags, "--admin", admin],
	});
	const galaxyPort = await place.serve(
		createServer((_, response) => response.end("Galaxy")),
	);
	const { port } = daemon;
	const args = [...flags, "--sessions", map.path, "--port", String(port)];
	return { place, proxyPort: port, galaxyPort, admin, args };
}

/** Doctor's findings as "verdict name: what", without the remedies. */
export async function findingsAt(
	url: string,
	{ args }: DoctorSite,
	words: readonly string[] = [],
	env: Record<string, string> = {},
) {
	const line = [...args, "--url", url, ...words];
	const { findings, code } = await examine(line, { env });
	const lines = findings.map(
		({ verdict, name, what }) => `${verdict} ${name}: ${what}`,
	);
	const bad = lines.filter((each) => /^(wrong|doubtful)/.test(each));
	return { findings, lines, bad, code };
}
