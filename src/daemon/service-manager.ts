/** States of sd_notify(3). A reload ends with READY. */
export type ServiceState = "READY" | "RELOADING" | "STOPPING";

/** A message that systemd-notify did not pass on within this time, milliseconds, is given up. */
const GIVE_UP_MS = 5_000;

/**
 * Tells systemd what the daemon does, where it was started by a unit of `Type=notify`; anywhere else nothing is done. systemd
 * listens on a datagram socket, which Node cannot write to, so its own systemd-notify is run for it, one at a time: a READY
 * must not overtake its RELOADING. Nobody waits for it, and none of its failures ends anything.
 * @param socket NOTIFY_SOCKET
 * @param failed hears once that systemd cannot be told
 */
export function serviceManager(
	socket: string | undefined,
	failed: (reason: string) => void,
): (state: ServiceState) => void {
	if (!socket) return () => undefined;
	let told = Promise.resolve();
	let hasFailed = false;
	return (state) => {
		told = told
			.then(() => run(`${state}=1`))
			.catch((error: Error) => {
				if (!hasFailed) failed(error.message);
				hasFailed = true;
			});
	};
}

/** Resolves when systemd has taken the message. */
async function run(message: string): Promise<void> {
	// Loaded here, so that who is not started by systemd does not pay for it.
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
