import { readdir, readFile } from "node:fs/promises";
import { dirname, extname, join } from "node:path";
import { assetPath } from "../package.js";
import {
	type AdminListener,
	type AdminListenerOptions,
	openAdminListener,
	type Page,
	type Probe,
	type Reply,
} from "./admin-listener.js";
import { health, live, readiness, routes } from "./admin-pages.js";
import type { Statistics } from "./statistics.js";

/**
 * Opens the admin listener: health, readiness, metrics, sessions and the status page.
 * @throws Error that says what to check
 */
export async function openAdmin(
	statistics: Statistics,
	options: Omit<AdminListenerOptions, "pages" | "probes">,
): Promise<AdminListener> {
	const { address } = options;
	const pages = await pagesOf(statistics);
	const probes = new Map<string, Probe>([
		["/healthz", health],
		["/readyz", (isTrusted) => readiness(statistics, isTrusted)],
	]);
	return openAdminListener({ ...options, pages, probes }).catch(
		(cause: Error) => {
			const where =
				address.kind === "unix" ? "" : ` at ${address.host}:${address.port}`;
			throw new Error(
				`cannot open the admin listener${where}: ${cause.message}; check --admin`,
				{ cause },
			);
		},
	);
}

/** Loads everything now: a scrape must neither wait for it nor delay requests. */
async function pagesOf(
	statistics: Statistics,
): Promise<ReadonlyMap<string, Page>> {
	const { metricsOf } = await import("./metrics.js");
	const registry = metricsOf(statistics);
	async function metrics(): Promise<Reply> {
		statistics.look();
		const body = await registry.metrics();
		return { status: 200, type: registry.contentType, body };
	}
	return new Map<string, Page>([
		["/routes", (query) => routes(statistics, query)],
		["/live", (query) => live(statistics, query)],
		["/metrics", metrics],
		...(await statusPage()),
	]);
}

const TYPES: Readonly<Record<string, string>> = {
	".html": "text/html; charset=utf-8",
	".css": "text/css; charset=utf-8",
	".js": "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
};

/** The status page's files by their path. Read once: no request waits for the disk. */
async function statusPage(): Promise<[path: string, Page][]> {
	const charts = dirname(require.resolve("uplot"));
	const names = await readdir(assetPath("status"));
	const files = names.map((name) => [
		name === "index.html" ? "/" : `/${name}`,
		assetPath("status", name),
	]);
	files.push(
		["/uplot.js", join(charts, "uPlot.iife.min.js")],
		["/uplot.css", join(charts, "uPlot.min.css")],
	);
	const pages = files.map(
		async ([path = "", file = ""]): Promise<[string, Page]> => {
			const body = await readFile(file);
			const type = TYPES[extname(file)] ?? "";
			return [path, () => ({ status: 200, type, body })];
		},
	);
	return Promise.all(pages);
}
