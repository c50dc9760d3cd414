import type { Log } from "../log/log.js";

/** States of sd_notify(3). A reload ends with READY. */
export type ServiceState = "READY" | "RELOADING" | "STOPPING";

/** Milliseconds until a message that systemd-notify has not passed on is given up. */
const GIVE_UP_MS = 5_000;

/**
 * Notifies systemd of the daemon's state, if a unit of `Type=notify` started it; else does nothing. systemd listens on a
 * datagram socket, which Node cannot write to, so systemd's own systemd-notify is run, one at a time: a READY must not
 * overtake its RELOADING. Nothing waits for it, and its failures have no effect but one line in the log.
 * @param socket NOTIFY_SOCKET
 */
export function serviceManager(
	socket: string | undefined,
	log: Log,
): (state: ServiceState) => void {
	if (!socket) return () => undefined;
	let last = Promise.resolve();
	let hasFailed = false;
	return (state) => {
		last = last
			.then(() => run(`${state}=1`))
			.catch(({ message: reason }: Error) => {
				if (hasFailed) return;
				hasFailed = true;
				log.warn(
					{ reason },
					"systemd cannot be notified of start and stop: is systemd-notify installed? Without it the unit needs Type=simple",
				);
			});
	};
}

/** Resolves when systemd has taken the message. */
async function run(message: string): Promise<void> {
	// Loaded here, so that only units of systemd pay for it.
	const { spawn } = await import("node:child_process");
	const child = spawn("systemd-notify", [message], {
		stdio: "ignore",
		timeout: GIVE_UP_MS,
	});
	await new Promise<void>((resolve, reject) => {
		child.once("error", reject);
		child.once("exit", (code, signal) => {
			if (code === 0) resolve();
			else reject(new Error(`systemd-notify ended with ${code ?? signal}`));
		});
	});
}
