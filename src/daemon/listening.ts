import type { Config } from "../config/config.js";
import {
	DescriptorsError,
	takeDescriptors,
} from "../listening/given-descriptors.js";
import type { ListeningAt } from "../listening/listen.js";
import type { Listeners } from "../proxy/listeners.js";

/**
 * Listens on what a service manager passed, where it did, else at --ip and --port.
 * @throws what whyNotListening explains
 */
export async function listen(
	listeners: Listeners,
	{ ip, port }: Config,
): Promise<readonly ListeningAt[]> {
	const given = takeDescriptors(process.env, process.pid);
	if (given.length === 0) return await listeners.listen(ip, port);
	return await listeners.adopt(given).catch(({ message }: Error) => {
		throw new DescriptorsError(
			`cannot listen on the descriptors that LISTEN_FDS counts: ${message}; a systemd socket unit needs ListenStream=, and Accept=no`,
		);
	});
}

/** Why `listen` failed, in one line for the operator: several Galaxy processes each start a proxy, and all but one find the port taken. */
export async function whyNotListening(
	config: Config,
	error: NodeJS.ErrnoException,
): Promise<string> {
	if (error instanceof DescriptorsError) return error.message;
	if (config.ip.startsWith("unix:")) return whyNoSocket(config.ip, error);
	const where = `${config.ip}:${config.port}`;
	if (error.code === "EACCES")
		return `may not listen on ${where}: ports below 1024 need root or CAP_NET_BIND_SERVICE; choose another --port`;
	if (error.code !== "EADDRINUSE")
		return `cannot listen on ${where}: ${error.message}; check --ip and --port`;
	const { findPortHolder } = await import("../listening/port-holder.js");
	const holder = await findPortHolder(config.port);
	if (holder === null)
		return `${where} is in use by a process that this user cannot see; stop it or choose another --port`;
	if (holder.sessions === null)
		return `${where} is in use by process ${holder.pid} (${holder.command[0]}), which is no galaxy-proxy; stop it or choose another --port`;
	if (holder.sessions === config.sessions)
		return `${where} is in use by process ${holder.pid}, a galaxy-proxy on the same session map: it serves already; with several Galaxy processes set dynamic_proxy_manage to False and run one proxy by a supervisor`;
	return `${where} is in use by process ${holder.pid}, a galaxy-proxy on another session map (${holder.sessions}); choose another --port`;
}

function whyNoSocket(
	where: string,
	{ code, message }: NodeJS.ErrnoException,
): string {
	if (code === "EADDRINUSE") return `--ip: ${message}`;
	return `cannot listen on ${where}: ${message}; its folder must be there, and this user must be allowed to write to it`;
}
