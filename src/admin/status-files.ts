import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Reply } from "./admin-listener.js";

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
