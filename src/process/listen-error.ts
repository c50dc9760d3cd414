import type { Config } from "../config/config.js";
import { DescriptorsError } from "../listening/given-descriptors.js";
import { StartError } from "../log/log.js";

/** Why the daemon cannot listen, in one line for the operator. */
export async function listenError(
	config: Config,
	cause: NodeJS.ErrnoException,
): Promise<StartError> {
	return new StartError(await explain(config, cause), { cause });
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
async function holderOf({ mode, port, sessions }: Config): Promise<string> {
	const { findHolders } = await import("../listening/port-holder.js");
	const [holder] = await findHolders(port);
	if (!holder)
		return "a process that this user cannot see; stop it or choose another --port";
	const { pid, command } = holder;
	if (!holder.isProxy)
		return `process ${pid} (${command[0]}), which is not a galaxy-proxy; stop it or choose another --port`;
	if (holder.sessions === undefined)
		return `process ${pid}, a galaxy-proxy without --sessions on its command line; stop it or choose another --port`;
	if (holder.sessions !== sessions)
		return `process ${pid}, a galaxy-proxy on another session map (${holder.sessions}); choose another --port`;
	return mode === "gxit"
		? `process ${pid}, a galaxy-proxy on the same session map, which does not end; stop it, and let one supervisor run the proxy`
		: `process ${pid}, a galaxy-proxy on the same session map, which is already serving; with several Galaxy processes set dynamic_proxy_manage to False and run one proxy under a supervisor, or start each with --standby`;
}
