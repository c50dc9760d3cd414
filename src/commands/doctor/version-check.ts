import type { AdminAddress } from "../../config/flag-values.js";
import { authorityOf } from "../../http1/request-head.js";
import { VERSION } from "../../package.js";
import { localAddress } from "../proxy-address.js";
import { type Check, messageOf } from "./check.js";
import { doubtful, type Found, good, unchecked, wrong } from "./finding.js";
import type { Host } from "./host.js";
import { HttpClient, type Server } from "./http-client.js";

export const VERSION_CHECK: Check<Host> = {
	name: "versions",
	find: runningVersions,
	unlessWrong: "port",
};

interface Build {
	readonly version: string;
	/** Node's. */
	readonly node: string;
}

/** A part of /live. `workers` is undefined for a single process. */
export interface Running extends Build {
	readonly pid: number;
	readonly workers?: readonly (Build & {
		readonly worker: number;
		readonly state: string;
	})[];
}

/** Asks the admin listener, if one is configured, for the versions that run. */
async function* runningVersions(host: Host): AsyncIterable<Found> {
	const { admin, adminToken } = host.config;
	if (admin === undefined) return;
	const client = new HttpClient(serverAt(admin), host.signal);
	const headers: Record<string, string> =
		adminToken === undefined ? {} : { Authorization: `Bearer ${adminToken}` };
	const answer = await client.ask("/live", { headers }).catch(messageOf);
	if (typeof answer === "string")
		yield unchecked`the admin listener does not answer (${answer}) -> Give doctor the --admin of the running proxy, and run it as the proxy's account.`;
	else if (answer.status === 401)
		yield unchecked`the admin listener requires another token -> Give doctor the --admin-token-file of the running proxy.`;
	else if (answer.status !== 200)
		yield wrong`the program at --admin answers ${answer.status}, which no galaxy-proxy does -> Find out which program it is.`;
	else {
		const installed = (await host.daemon())?.version ?? VERSION;
		yield* versionsFound(JSON.parse(answer.text) as Running, installed);
	}
}

/** Compares the versions that run with each other, and with the version on the disk. */
export function* versionsFound(
	{ pid, workers, ...own }: Running,
	installed: string,
): Iterable<Found> {
	if (workers === undefined) {
		yield own.version === installed
			? good`the proxy runs version ${nameOf(own)}`
			: doubtful`the proxy runs version ${nameOf(own)}, but ${installed} is installed -> Restart the proxy.`;
		return;
	}
	const serving = workers.filter(({ state }) => state === "serving");
	const builds = [...new Set(serving.map(nameOf))];
	const isOld = serving.some(({ version }) => version !== installed);
	const isMixed = builds.length > 1;
	const isOther = builds.some((build) => build !== nameOf(own));
	if (isOld)
		yield doubtful`the workers run version ${builds.join(" and ")}, but ${installed} is installed
			-> Send SIGUSR2 to the supervisor: kill -USR2 ${pid} (systemctl reload does so). It restarts them one by one, and no request is lost.`;
	else if (isMixed)
		yield doubtful`the workers run different versions: ${builds.join(" and ")}
			-> If no rolling restart is running now, the supervisor's log says why the last one stopped. Then send SIGUSR2 to the supervisor: kill -USR2 ${pid}`;
	if (isOther || own.version !== installed)
		yield doubtful`the supervisor runs version ${nameOf(own)}, its workers ${builds.join(" and ")}, and ${installed} is installed
			-> This works, but SIGUSR2 replaces the workers alone. Restart the whole daemon when it suits: with the socket unit of galaxy-proxy front systemd, systemctl restart loses no request, but ends WebSockets.`;
	else if (!isOld && !isMixed)
		yield good`the supervisor and its ${serving.length} workers run version ${nameOf(own)}`;
}

function nameOf({ version, node }: Build): string {
	return `${version} on Node ${node}`;
}

function serverAt(address: AdminAddress): Server {
	if (address.kind === "unix")
		return { origin: "http://localhost", socketPath: address.path };
	const host = localAddress(address.host);
	return { origin: `http://${authorityOf({ host, port: address.port })}` };
}
