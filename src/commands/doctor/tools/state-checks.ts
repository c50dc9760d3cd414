import { execFile } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { codeOf } from "../../../session-map/unreadable.js";
import { messageOf } from "../check.js";
import { doubtful, type Found, good, unchecked, wrong } from "../finding.js";
import { type Service, serviceOf } from "./service.js";
import { type Setup, textOf } from "./setup.js";
import { type Program, programsOf } from "./supervisor.js";

/** Does gravity's process manager keep the proxy running, and if not, what does the proxy's log say? */
export async function stateOfService(setup: Setup): Promise<Found | undefined> {
	const service = serviceOf(setup);
	if (!service.isEnabled) return undefined;
	if (service.manager === "supervisor") return ofSupervisor(setup, service);
	if (service.manager === "systemd") return ofSystemd(setup);
	return undefined;
}

async function ofSupervisor(
	{ host }: Setup,
	{ stateFolder }: Service,
): Promise<Found> {
	const folder = join(stateFolder, "supervisor");
	const socket = host.env.SUPERVISORD_SOCKET ?? join(folder, "supervisor.sock");
	let programs: Program[];
	try {
		programs = await programsOf(socket);
	} catch (error) {
		if (/ENOENT|ECONNREFUSED/.test(codeOf(error)))
			return doubtful`gravity's supervisord does not run: nothing answers at ${socket} -> galaxyctl start, as Galaxy's user. If gravity uses another process manager, set process_manager.`;
		return byLog(folder, error);
	}
	const program = programs.find(({ name }) => name.includes("gx-it-proxy"));
	if (program === undefined)
		return doubtful`gravity's supervisord has no program gx-it-proxy: its configuration is older than gravity's settings -> galaxyctl update, as Galaxy's user.`;
	const { name, state, pid, problem, logFile } = program;
	const what = `${name} is ${state} in gravity's supervisord`;
	if (state === "RUNNING") return good`${what} (process ${pid})`;
	if (state === "STOPPED")
		return wrong`${what}: no tool can be opened -> galaxyctl start gx-it-proxy`;
	const log = await tailOf(logFile);
	const reason = reasonIn(log);
	const last =
		reason && `; the last known problem in its log is: ${reason.says}`;
	if (state === "STARTING")
		return doubtful`${what}, for less than gx_it_proxy.start_timeout${last ?? ""}
			-> Run doctor again in some seconds. ${reason ? `If it does not run then: ${reason.cure}` : ""}`;
	const forGood =
		state === "FATAL"
			? ", and is not started again until an admin does it"
			: "";
	return wrong`${what}${forGood}${problem && `: ${problem}`}${reason ? `; its log says: ${reason.says}` : ""}
		-> ${reason?.cure ?? `Read the end of ${logFile}.`} Then galaxyctl restart gx-it-proxy.`;
}

/** Without the right to ask supervisord, its log tells the last change. */
async function byLog(folder: string, error: unknown): Promise<Found> {
	const log = await tailOf(join(folder, "supervisord.log"));
	const lines = log.split("\n").filter((line) => line.includes("gx-it-proxy"));
	const last =
		lines.findLast((line) => /entered|exited|gave up/.test(line)) ?? "";
	if (/entered FATAL/.test(last))
		return wrong`gx-it-proxy is FATAL according to supervisord.log: it ended again and again, and is not started any more
			-> Read gx-it-proxy.log in gravity's log folder, then galaxyctl restart gx-it-proxy.`;
	if (/entered RUNNING/.test(last))
		return good`gx-it-proxy is RUNNING according to supervisord.log`;
	return unchecked`the state of the proxy in gravity's supervisord: ${messageOf(error)} -> Run doctor as root or as Galaxy's user.`;
}

async function ofSystemd({ gravity }: Setup): Promise<Found> {
	const instance = textOf(gravity.instance_name);
	const unit = `galaxy-${instance && instance !== "_default_" ? `${instance}-` : ""}gx-it-proxy.service`;
	const run = promisify(execFile)(
		"systemctl",
		["show", unit, "--property=LoadState,ActiveState,SubState,Result"],
		{ timeout: 5000 },
	);
	const { stdout } = await run.catch(() => ({ stdout: "" }));
	const of = (name: string): string =>
		new RegExp(`^${name}=(.*)$`, "m").exec(stdout)?.[1] ?? "";
	const state = of("ActiveState");
	if (state === "")
		return unchecked`the state of ${unit}: systemctl cannot be asked here -> systemctl status ${unit}`;
	if (of("LoadState") === "not-found")
		return doubtful`${unit} does not exist: gravity has not written it yet -> galaxyctl update && galaxyctl start gx-it-proxy, as the account that runs gravity.`;
	if (state === "active") return good`${unit} is active (${of("SubState")})`;
	return wrong`${unit} is ${state} (${of("Result") || of("SubState")}): no tool can be opened
		-> Read journalctl -u ${unit} -n 50, then systemctl reset-failed ${unit} && systemctl restart ${unit}.`;
}

const TAIL_BYTES = 64 * 1024;

async function tailOf(file: string): Promise<string> {
	const handle = await open(file).catch(() => undefined);
	if (handle === undefined) return readFile(file, "utf8").catch(() => "");
	try {
		const { size } = await handle.stat();
		const length = Math.min(size, TAIL_BYTES);
		const { buffer } = await handle.read({
			buffer: Buffer.alloc(length),
			position: size - length,
		});
		return buffer.toString("utf8");
	} catch {
		return "";
	} finally {
		await handle.close();
	}
}

interface Reason {
	readonly says: string;
	readonly cure: string;
}

/** Only known words are shown, since the original's log has tokens and passwords. */
const REASONS: readonly (readonly [RegExp, string])[] = [
	[
		/relation "gxitproxy" does not exist/,
		"The original gx-it-proxy does not start before the first tool has made the table: start galaxy-proxy in its place, or make the table with gx-it-proxy-create-db.",
	],
	[
		/EADDRINUSE/,
		"Another process has the port: see the lines port and other proxies.",
	],
	[
		/gx-it-proxy: not found|could not determine executable/,
		"Install the package with npm install in galaxy_root instead of unpacking it.",
	],
	[
		/EACCES: permission denied|npm error code EACCES/,
		"Let the service's account write npm's cache: see the line gravity home.",
	],
	[
		/E404|ETARGET|No matching version/,
		"The registry has no such version: correct gx_it_proxy.version.",
	],
	[
		/ENOTFOUND registry|EAI_AGAIN|network request to .* failed|ETIMEDOUT/,
		"npm's registry cannot be reached: install the package in galaxy_root, so that no start asks the registry.",
	],
	[
		/password authentication failed|no password supplied|ECONNREFUSED .*5432|could not connect to server/,
		"The map's database refuses the proxy: check the URL, and the server.",
	],
	[
		/gyp ERR!|node-pre-gyp/,
		"npm cannot build the original's native module here: install galaxy-proxy, which needs none.",
	],
	[
		/SyntaxError: Unexpected token|needs Node|Unsupported engine/,
		"The Node of the service is too old: see the line gravity node.",
	],
	[
		/SQLITE_CANTOPEN/,
		"The folder of the map is missing or closed to the service's account.",
	],
];

/** The reason that stands last in a log. */
function reasonIn(log: string): Reason | undefined {
	const at = ([pattern]: (typeof REASONS)[number]): number => {
		const all = [...log.matchAll(new RegExp(pattern, "g"))];
		return all.at(-1)?.index ?? -1;
	};
	const last = REASONS.toSorted((one, other) => at(other) - at(one))[0];
	if (last === undefined || at(last) < 0) return undefined;
	const [pattern, cure] = last;
	return { says: pattern.exec(log)?.[0] ?? "", cure };
}
