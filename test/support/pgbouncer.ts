import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freePort } from "../e2e/support/until.js";
import type { Postgres } from "./postgres.js";
import {
	asServer,
	DATABASE,
	findProgram,
	OWNER,
	SERVER_ENVIRONMENT,
	serverFolder,
} from "./postgres-programs.js";
import { Changes } from "./wait.js";

/** Why there can be no pgbouncer here, or false where there can. In CI the test must run. */
export function noPgbouncer(): string | false {
	return findProgram("pgbouncer") !== undefined || process.env.CI
		? false
		: "pgbouncer is not installed: apt-get install pgbouncer";
}

export interface Pgbouncer {
	readonly port: number;
	/** By TCP, as the user galaxy. */
	url(): string;
}

export interface PgbouncerOptions {
	readonly pool_mode?: "session" | "transaction" | "statement";
	/** More lines for the part [pgbouncer]. */
	readonly conf?: readonly string[];
}

/** Starts a pgbouncer in front of the server. Ended after the test. */
export async function startPgbouncer(
	t: Pick<TestContext, "after">,
	postgres: Postgres,
	{ pool_mode = "transaction", conf = [] }: PgbouncerOptions = {},
): Promise<Pgbouncer> {
	const program = findProgram("pgbouncer");
	if (program === undefined)
		throw new Error("pgbouncer is not installed: apt-get install pgbouncer");
	const folder = serverFolder(join(tmpdir(), "galaxy-proxy-pgb-"));
	const port = await freePort();
	const users = join(folder, "users.txt");
	writeFileSync(users, `"${OWNER}" ""\n"postgres" ""\n`);
	const ini = join(folder, "pgbouncer.ini");
	writeFileSync(
		ini,
		[
			"[databases]",
			`* = host=${postgres.socket} port=${postgres.port}`,
			"[pgbouncer]",
			...["listen_addr = 127.0.0.1", `listen_port = ${port}`],
			...["unix_socket_dir =", "auth_type = trust", `auth_file = ${users}`],
			...[`pool_mode = ${pool_mode}`, "default_pool_size = 5"],
			...["server_login_retry = 1", ...conf, ""],
		].join("\n"),
	);
	const [command = "", ...words] = [...asServer(), program, ini];
	const child = spawn(command, words, {
		stdio: ["ignore", "ignore", "pipe"],
		env: SERVER_ENVIRONMENT,
	});
	t.after(async () => {
		if (child.exitCode === null && child.signalCode === null) {
			const closed = once(child, "close");
			child.kill("SIGQUIT");
			await closed;
		}
		rmSync(folder, { recursive: true });
	});
	const changes = new Changes();
	let log = "";
	child.stderr.setEncoding("utf8").on("data", (text: string) => {
		log += text;
		changes.notify();
	});
	await changes.wait(
		"a pgbouncer that is ready",
		() => /process up/.test(log) || undefined,
		() => log,
	);
	return {
		port,
		url: () => `postgresql://${OWNER}@127.0.0.1:${port}/${DATABASE}`,
	};
}
