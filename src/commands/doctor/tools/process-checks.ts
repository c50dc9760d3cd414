import { readFile } from "node:fs/promises";
import {
	findProxies,
	type PortHolder,
} from "../../../listening/port-holder.js";
import { doubtful, type Found, good, wrong } from "../finding.js";
import { connectFailure } from "../host.js";
import { launchOf } from "./launch.js";
import { galaxysMap } from "./map-place-checks.js";
import type { Setup } from "./setup.js";

/** The most processes that are listed one by one. */
const LISTED = 5;

/** Other proxies of tools on this host: on the port that ours needs, left over from npx, or on the same map. */
export async function* otherProxies(setup: Setup): AsyncIterable<Found> {
	const { host } = setup;
	const daemon = await host.daemon();
	const { service, runs } = await launchOf(setup);
	const all = await withoutSelf(await findProxies());
	let count = 0;
	if (
		daemon?.originalVersion !== undefined &&
		service.isEnabled &&
		runs.isOurs
	) {
		count++;
		yield wrong`process ${daemon.pid}, the original gx-it-proxy ${daemon.originalVersion}, still has the port ${host.config.port}, although gravity would start galaxy-proxy
			-> galaxyctl restart gx-it-proxy. If the process stays: kill ${daemon.pid}`;
	}
	for (const { pid, command } of await orphansAmong(all)) {
		if (++count > LISTED) break;
		const port = portIn(command);
		yield wrong`process ${pid} (${command.slice(0, 2).join(" ")}${port ? `, --port ${port}` : ""}) is left over: npx started it and has ended, so no service stops or restarts it
			-> kill ${pid}, then galaxyctl restart gx-it-proxy. galaxy-proxy itself notices the end of npx and exits.`;
	}
	const map = galaxysMap(setup).at;
	// Proxies of other Galaxies may run here too.
	const isOfTools = ({ command, sessions }: PortHolder): boolean =>
		sessions === map || /gx-it-proxy/.test(command.join(" "));
	const isClosed = (await connectFailure(host.config)) !== undefined;
	if (daemon === undefined && isClosed)
		for (const { pid, command, sessions } of serversAmong(all).filter(
			isOfTools,
		)) {
			const port = portIn(command) ?? "8000";
			if (port === "0" || ++count > LISTED) continue;
			const { port: wanted } = host.config;
			const isGalaxys = sessions === map;
			const what = `process ${pid} (${command.slice(0, 2).join(" ")}) is a proxy on --port ${port}${isGalaxys ? " with Galaxy's map" : ""}, and none listens on ${wanted}`;
			yield isGalaxys && service.isEnabled
				? doubtful`${what} -> If ${wanted} is right, galaxyctl update && galaxyctl restart gx-it-proxy, and the front proxy must name it too. Else set gx_it_proxy.port: ${port}, or give doctor --port ${port}.`
				: doubtful`${what}
					-> If it is Galaxy's, give doctor --port ${port}, and set gx_it_proxy.port or the unit's --port to the port that the front proxy names.`;
		}
	if (count === 0) yield good`no other proxy of tools is in the way`;
}

/** All processes except doctor and the ones that started it. */
async function withoutSelf(all: readonly PortHolder[]) {
	const own = new Set(await ancestorsOf(process.pid));
	return all.filter(({ pid }) => !own.has(pid));
}

/** The last process of each chain of npx, npm, sh and node: the one that listens. An admin's commands only contain the service's name. */
function serversAmong(all: readonly PortHolder[]): PortHolder[] {
	const parents = new Set(all.map(({ parent }) => parent));
	const isStarter = ({ command }: PortHolder): boolean =>
		command
			.slice(0, 2)
			.some((word) => /(^|\/)(npm|npx|galaxyctl|supervisorctl)$/.test(word));
	return all.filter((each) => !parents.has(each.pid) && !isStarter(each));
}

/** Npx, or the npm exec that it becomes, in a command line of /proc. Another npm may be above doctor itself. */
const NPX =
	/(^|[/\0])npx(-cli\.js)?(\0|$)|(^|[/\0])npm(-cli\.js)?[\0 ](exec|x)\b/;

/** Processes that npx started, which their environment shows, although no npm is above them any more. */
async function orphansAmong(all: readonly PortHolder[]): Promise<PortHolder[]> {
	const orphans: PortHolder[] = [];
	for (const each of serversAmong(all)) {
		const environ = await textIn(`/proc/${each.pid}/environ`);
		if (!/(^|\0)npm_command=exec(\0|$)/.test(environ)) continue;
		const above = await ancestorsOf(each.parent);
		const commands = await Promise.all(
			above.map((pid) => textIn(`/proc/${pid}/cmdline`)),
		);
		if (!commands.some((command) => NPX.test(command))) orphans.push(each);
	}
	return orphans;
}

/** The process and all above it, up to pid 1. */
async function ancestorsOf(pid: number): Promise<number[]> {
	if (!(pid > 1)) return [];
	const status = await textIn(`/proc/${pid}/status`);
	const parent = Number(/^PPid:\s*(\d+)$/m.exec(status)?.[1]);
	return [pid, ...(await ancestorsOf(parent))];
}

function portIn(command: readonly string[]): string | undefined {
	const at = command.findIndex((word) => /^--port(=|$)/.test(word));
	const word = command[at];
	return word === "--port" ? command[at + 1] : word?.slice("--port=".length);
}

function textIn(file: string): Promise<string> {
	return readFile(file, "utf8").catch(() => "");
}
