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
import { health, live, readiness, routes, serving } from "./admin-pages.js";
import { Timeline } from "./timeline.js";
import type { Viewed } from "./view.js";

const SAMPLE_MS = 1_000;

/**
 * Opens the admin listener: health, readiness, metrics, sessions and the status page.
 * @throws Error that says what to check
 */
export async function openAdmin(
	viewed: Viewed,
	options: Omit<AdminListenerOptions, "pages" | "probes">,
): Promise<AdminListener> {
	const { address, onDefect } = options;
	const timeline = new Timeline();
	const pages = await pagesOf(viewed, timeline);
	const probes = new Map<string, Probe>([
		["/healthz", health],
		["/readyz", (isTrusted) => readiness(viewed, isTrusted)],
		["/servez", (isTrusted) => serving(viewed, isTrusted)],
	]);
	const listener = await openAdminListener({
		...options,
		pages,
		probes,
	}).catch((cause: Error) => {
		const where =
			address.kind === "unix" ? "" : ` at ${address.host}:${address.port}`;
		throw new Error(
			`cannot open the admin listener${where}: ${cause.message}; check --admin`,
			{ cause },
		);
	});
	async function sample() {
		timeline.sample((await viewed.view(false)).sum);
	}
	const sampling = setInterval(() => sample().catch(onDefect), SAMPLE_MS);
	sampling.unref();
	return {
		at: listener.at,
		close() {
			clearInterval(sampling);
			listener.close();
		},
	};
}

/** Loads everything now: a scrape must neither wait for it nor delay requests. */
async function pagesOf(
	viewed: Viewed,
	timeline: Timeline,
): Promise<ReadonlyMap<string, Page>> {
	const { metricsOf } = await import("./metrics.js");
	async function metrics(): Promise<Reply> {
		const registry = metricsOf(await viewed.view(false), viewed.version);
		const body = await registry.metrics();
		return { status: 200, type: registry.contentType, body };
	}
	return new Map<string, Page>([
		["/routes", async (query) => routes(await viewed.view(true), query)],
		[
			"/live",
			async (query) => live(await viewed.view(false), timeline, viewed, query),
		],
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
