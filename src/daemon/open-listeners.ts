import type { Config } from "../config/config.js";
import {
	DescriptorsError,
	takeDescriptors,
} from "../listening/given-descriptors.js";
import type { ListeningAt } from "../listening/listen.js";
import { StartError } from "../log/log.js";
import type { Listeners } from "../proxy/listeners.js";

/**
 * Listens on the sockets that a service manager passed, if any, else at --ip and --port.
 * @throws {StartError} in one line for the operator
 */
export async function openListeners(
	listeners: Listeners,
	config: Config,
): Promise<readonly ListeningAt[]> {
	try {
		const given = takeDescriptors(process.env, process.pid);
		if (given.length > 0) return await adopt(listeners, given);
		return await listeners.listen(config.ip, config.port);
	} catch (cause) {
		const message = await explain(config, cause as NodeJS.ErrnoException);
		throw new StartError(message, { cause });
	}
}

function adopt(
	listeners: Listeners,
	descriptors: readonly number[],
): Promise<readonly ListeningAt[]> {
	return listeners.adopt(descriptors).catch(({ message }: Error) => {
		throw new DescriptorsError(
			`cannot listen on the descriptors that LISTEN_FDS counts: ${message}; a systemd socket unit needs ListenStream=, and Accept=no`,
		);
	});
}

async function explain(
	config: Config,
	error: NodeJS.ErrnoException,
): Promise<string> {
	const { code, message } = error;
	if (error instanceof DescriptorsError) return message;
	const { ip, port } = config;
	if (ip.startsWith("unix:"))
		return code === "EADDRINUSE"
			? `--ip: ${message}`
			: `cannot listen on ${ip}: ${message}; its folder must exist, and this user must be allowed to write to it`;
	const where = `${ip}:${port}`;
	if (code === "EACCES")
		return `may not listen on ${where}: ports below 1024 need root or CAP_NET_BIND_SERVICE; choose another --port`;
	if (code !== "EADDRINUSE")
		return `cannot listen on ${where}: ${message}; check --ip and --port`;
	return `${where} is in use by ${await holderOf(config)}`;
}

/** The process that has the port, and what to do. If several Galaxy processes each start a proxy, all but one find it taken. */
async function holderOf({ port, sessions }: Config): Promise<string> {
	const { findHolders } = await import("../listening/port-holder.js");
	const [holder] = await findHolders(port);
	if (!holder)
		return "a process that this user cannot see; stop it or choose another --port";
	const { pid, command } = holder;
	if (!holder.sessions)
		return `process ${pid} (${command[0]}), which is not a galaxy-proxy; stop it or choose another --port`;
	if (holder.sessions === sessions)
		return `process ${pid}, a galaxy-proxy on the same session map, which is already serving; with several Galaxy processes set dynamic_proxy_manage to False and run one proxy under a supervisor`;
	return `process ${pid}, a galaxy-proxy on another session map (${holder.sessions}); choose another --port`;
}
