import { readFile } from "node:fs/promises";
import type {
	IncomingMessage,
	RequestListener,
	ServerResponse,
} from "node:http";
import { dirname, join } from "node:path";
import type { AdminAddress } from "../config/flag-values.js";
import {
	type AdminListener,
	type Guard,
	guardOf,
	openAdminListener,
	type Reply,
	send,
} from "./admin-listener.js";
import { health, live, NOT_FOUND, readiness, routes } from "./admin-pages.js";
import type { Observatory } from "./statistics.js";

export interface AdminOptions {
	readonly address: AdminAddress;
	/** What every request must bring, or null. Secret. */
	readonly token: string | null;
	/** Told of a throw while a request was answered, which is then 500. */
	readonly onFault: (error: unknown) => void;
}

type Page = (query: URLSearchParams) => Reply | Promise<Reply>;

/**
 * Opens the listener at which the daemon is seen from outside: health, readiness, metrics, sessions and the status page.
 * @throws the system's error, or one that says what to do
 */
export async function openAdmin(
	seen: Observatory,
	{ address, token, onFault }: AdminOptions,
): Promise<AdminListener> {
	const pages = await pagesOf(seen);
	const guard = guardOf(address.kind === "tcp" ? address.host : "", token);
	const onRequest: RequestListener = (request, response) => {
		answer({ guard, pages }, request, response).catch((error) => {
			onFault(error);
			if (response.headersSent) response.destroy();
			else send(response, BROKEN);
		});
	};
	return openAdminListener(address, onRequest).catch((cause: Error) => {
		const where =
			address.kind === "unix" ? "" : ` at ${address.host}:${address.port}`;
		throw new Error(
			`cannot open the admin listener${where}: ${cause.message}; check --admin`,
			{ cause },
		);
	});
}

/** Everything is loaded now: a scrape must not wait for it, nor hold up requests. */
async function pagesOf(seen: Observatory): Promise<ReadonlyMap<string, Page>> {
	const { metricsOf } = await import("./metrics.js");
	const registry = metricsOf(seen);
	const pages = new Map<string, Page>([
		["/healthz", health],
		["/readyz", () => readiness(seen)],
		["/routes", (query) => routes(seen, query)],
		["/live", (query) => live(seen, query)],
		[
			"/metrics",
			async () => {
				seen.look();
				const body = await registry.metrics();
				return { status: 200, type: registry.contentType, body };
			},
		],
	]);
	for (const [path, reply] of await loadStatusFiles())
		pages.set(path, () => reply);
	return pages;
}

const TEXT = "text/plain; charset=utf-8";
const BROKEN: Reply = {
	status: 500,
	type: TEXT,
	body: "A defect of the proxy; its log has the stack.\n",
};

async function answer(
	{ guard, pages }: { guard: Guard; pages: ReadonlyMap<string, Page> },
	request: IncomingMessage,
	response: ServerResponse,
): Promise<void> {
	const refusal = guard(request);
	if (refusal !== null) {
		// What may follow, such as a body, is not waited for.
		const headers = { ...refusal.headers, Connection: "close" };
		const { status, text } = refusal;
		send(response, { status, type: TEXT, body: text, headers });
		return;
	}
	const [path = "", query] = (request.url ?? "").split("?", 2);
	const page = pages.get(path);
	send(
		response,
		page === undefined
			? NOT_FOUND
			: await page(new URLSearchParams(query ?? "")),
	);
}

const HTML = "text/html; charset=utf-8";
const CSS = "text/css; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";

/** Of this package, beside dist/. */
const OURS = join(__dirname, "../../assets/status");

/**
 * The status page's files by the path at which they are served. Read once: nothing is read from the disk for a request.
 * @throws the system's error where the package is not whole
 */
export async function loadStatusFiles(): Promise<ReadonlyMap<string, Reply>> {
	const charts = dirname(require.resolve("uplot"));
	const files = [
		["/", OURS, "index.html", HTML],
		["/status.css", OURS, "status.css", CSS],
		["/status.js", OURS, "status.js", SCRIPT],
		["/charts.js", OURS, "charts.js", SCRIPT],
		["/sessions.js", OURS, "sessions.js", SCRIPT],
		["/shown.js", OURS, "shown.js", SCRIPT],
		["/icon.svg", OURS, "icon.svg", "image/svg+xml"],
		["/uplot.js", charts, "uPlot.iife.min.js", SCRIPT],
		["/uplot.css", charts, "uPlot.min.css", CSS],
	] as const;
	const replies = files.map(async ([path, folder, name, type]) => {
		const body = await readFile(join(folder, name));
		return [path, { status: 200, type, body }] as const;
	});
	return new Map(await Promise.all(replies));
}
