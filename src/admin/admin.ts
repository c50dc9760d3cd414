import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AdminAddress } from "../config/flag-values.js";
import { assetPath } from "../package.js";
import {
	type AdminListener,
	openAdminListener,
	type Page,
	type Reply,
} from "./admin-listener.js";
import { health, live, readiness, routes } from "./admin-pages.js";
import type { Statistics } from "./statistics.js";

export interface AdminOptions {
	readonly address: AdminAddress;
	/** The token that every request must carry, if any. Secret. */
	readonly token: string | undefined;
	/** Called when answering a request throws; the answer is then 500. */
	readonly onFault: (error: unknown) => void;
}

/**
 * Opens the admin listener: health, readiness, metrics, sessions and the status page.
 * @throws Error that says what to check
 */
export async function openAdmin(
	statistics: Statistics,
	options: AdminOptions,
): Promise<AdminListener> {
	const { address } = options;
	const pages = await pagesOf(statistics);
	return openAdminListener({ ...options, pages }).catch((cause: Error) => {
		const where =
			address.kind === "unix" ? "" : ` at ${address.host}:${address.port}`;
		throw new Error(
			`cannot open the admin listener${where}: ${cause.message}; check --admin`,
			{ cause },
		);
	});
}

/** Loads everything now: a scrape must neither wait for it nor hold up requests. */
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
		["/healthz", health],
		["/readyz", () => readiness(statistics)],
		["/routes", (query) => routes(statistics, query)],
		["/live", (query) => live(statistics, query)],
		["/metrics", metrics],
		...(await statusPage()),
	]);
}

const HTML = "text/html; charset=utf-8";
const CSS = "text/css; charset=utf-8";
const SCRIPT = "text/javascript; charset=utf-8";

/** The status page's own files, in the package's folder. */
const OURS = assetPath("status");

/** The status page's files by their path. Read once: no request waits for the disk. */
async function statusPage(): Promise<[path: string, Page][]> {
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
	const pages = files.map(
		async ([path, folder, name, type]): Promise<[string, Page]> => {
			const body = await readFile(join(folder, name));
			return [path, () => ({ status: 200, type, body })];
		},
	);
	return Promise.all(pages);
}
