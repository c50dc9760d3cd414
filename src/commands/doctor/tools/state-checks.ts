import { join } from "node:path";
import { codeOf } from "../../../session-map/unreadable.js";
import { messageOf } from "../check.js";
import { doubtful, type Found, good, unchecked, wrong } from "../finding.js";
import { connectFailure } from "../host.js";
import { launchOf } from "./launch.js";
import { type Service, serviceOf } from "./service.js";
import { explained, serviceLog, tailOf } from "./service-log.js";
import { type Setup, textOf } from "./setup.js";
import { type Program, programsOf } from "./supervisor.js";
import { journalOf, unitNamed } from "./systemd-unit.js";

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
	const { version, originalVersion } = (await host.daemon()) ?? {};
	const isServed = version !== undefined || originalVersion !== undefined;
	const harm = isServed ? "" : ": no tool can be opened";
	if (state === "STOPPED" && isServed)
		return doubtful`${what}, and a proxy that gravity did not start serves the port
			-> Set enable: false in gx_it_proxy, or stop the other proxy and then galaxyctl start gx-it-proxy.`;
	if (state === "STOPPED")
		return wrong`${what}${harm} -> galaxyctl start gx-it-proxy`;
	const { reason, starts } = await serviceLog(logFile);
	const restart = "Then galaxyctl restart gx-it-proxy.";
	const cure = `${reason?.cure ?? `Read the end of ${logFile}.`} ${restart}`;
	const says = reason ? `; its log says: ${reason.says}` : "";
	// If npx takes longer to fail than start_timeout, supervisord never gives up, and reports RUNNING now and then.
	const isAgain = starts > 1;
	const isInVain = isAgain || (state === "RUNNING" && reason !== undefined);
	if (isInVain && !isServed && /^(RUN|START)/.test(state))
		return wrong`${what}, but ${isAgain ? `was started ${starts} times without success` : "does not listen"}${harm}${says} -> ${cure}`;
	if (state === "RUNNING") return good`${what} (process ${pid})`;
	if (state === "STARTING")
		return doubtful`${what}, for less than gx_it_proxy.start_timeout${says}
			-> Run doctor again in some seconds.${reason ? ` If it does not run then: ${cure}` : ""}`;
	const forGood =
		state === "FATAL"
			? ", and is not started again until an admin does it"
			: "";
	return wrong`${what}${forGood}${problem && `: ${problem}`}${says} -> ${cure}`;
}

/** The last change according to supervisord's log, for accounts that may not ask supervisord. */
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

/** A unit that ends again and again is active most of the time: systemd starts it again without limit if npx takes a while to fail. */
async function ofSystemd(setup: Setup): Promise<Found> {
	const { gravity, host } = setup;
	const instance = textOf(gravity.instance_name);
	const name = `galaxy-${instance && instance !== "_default_" ? `${instance}-` : ""}gx-it-proxy.service`;
	const unit = await unitNamed(name);
	if (unit === undefined)
		return unchecked`the state of ${name}: systemctl cannot be asked here -> systemctl status ${name}`;
	if (unit.load === "not-found")
		return doubtful`${name} does not exist: gravity has not written it yet, or an account without root's rights runs gravity and has its own units
			-> galaxyctl update && galaxyctl start gx-it-proxy, as the account that runs gravity. For that account's own units run doctor as it: systemctl --user status ${name}`;
	const { scope, state, detail, restarts } = unit;
	const { version, originalVersion } = (await host.daemon()) ?? {};
	const isServed = version !== undefined || originalVersion !== undefined;
	const what = `${name} is ${state} (${detail})`;
	if (state === "active" && isServed) return good`${what}`;
	if (state === "inactive" && isServed)
		return doubtful`${what}, and a proxy that gravity did not start serves the port
			-> Set enable: false in gx_it_proxy, or stop the other proxy and then galaxyctl start gx-it-proxy.`;
	const { reason } = explained(await journalOf(unit));
	if (state === "active" && restarts === 0 && reason === undefined)
		return good`${what}`;
	const isHidden = scope === "" && !(await seesProcesses(setup));
	const mayServe = state === "active" && reason === undefined && isHidden;
	if (mayServe && (await connectFailure(host.config)) === undefined)
		return good`${what}, and its port accepts connections`;
	const times = restarts === 1 ? "1 time" : `${restarts} times`;
	const again = restarts > 0 ? `, was restarted ${times} without success` : "";
	const harm = isServed ? "" : ": no tool can be opened";
	const says = reason ? `; its log says: ${reason.says}` : "";
	const cure = reason?.cure ?? `Read journalctl ${scope}-u ${name} -n 50.`;
	return wrong`${what}${again}${harm}${says}
		-> ${cure} Then systemctl ${scope}reset-failed ${name} && systemctl ${scope}restart ${name}.`;
}

/** Whether doctor may look for the port in the service's processes. */
async function seesProcesses(setup: Setup): Promise<boolean> {
	const own = process.getuid?.();
	return own === 0 || (await launchOf(setup)).account?.uid === own;
}
