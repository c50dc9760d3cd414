import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { repository, scratchFolder } from "../support/folders.js";
import { Changes } from "../support/wait.js";

/** Stands in for systemd's systemd-notify, which may not be installed: sends its argument to NOTIFY_SOCKET. */
const SENDS = `#!/usr/bin/env python3
import os, socket, sys
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(sys.argv[1].encode(), os.environ["NOTIFY_SOCKET"])
`;

export interface ServiceManager {
	/** For the daemon: the socket, and a PATH with systemd-notify. */
	readonly env: Record<string, string>;
	/** The messages so far. */
	readonly messages: string[];
	/** Resolves when there are as many messages. */
	count(messages: number): Promise<string[]>;
}

/** Listens as systemd does until the test's end. `systemdNotify` is the program that the daemon finds under this name. */
export async function startServiceManager(
	t: Pick<TestContext, "after">,
	systemdNotify = SENDS,
): Promise<ServiceManager> {
	const folder = scratchFolder(t);
	const program = join(folder, "systemd-notify");
	writeFileSync(program, systemdNotify);
	chmodSync(program, 0o755);

	const socket = join(folder, "socket");
	const listener = spawn("python3", [
		join(repository, "test/daemon/service-manager.py"),
		socket,
	]);
	const ended = once(listener, "close");
	t.after(async () => {
		listener.kill();
		await ended;
	});
	const changes = new Changes();
	let text = "";
	const messages: string[] = [];
	listener.stdout.setEncoding("utf8").on("data", (part: string) => {
		text += part;
		messages.splice(0, Infinity, ...text.split("\n").slice(1, -1));
		changes.notify();
	});
	await changes.wait(
		"a listening service manager",
		() => text.includes("\n") || undefined,
		() => text,
	);
	return {
		env: { NOTIFY_SOCKET: socket, PATH: `${folder}:${process.env.PATH}` },
		messages,
		count: (wanted) =>
			changes.wait(
				`${wanted} messages`,
				() => (messages.length >= wanted ? messages : undefined),
				() => text,
			),
	};
}
