import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { freePort } from "./free-port.js";
import type { Postgres } from "./postgres.js";
import {
	DATABASE,
	findProgram,
	OWNER,
	serverFolder,
} from "./postgres-programs.js";
import { ServerProcess, serverCommand } from "./server-process.js";

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
	const server = new ServerProcess();
	t.after(async () => {
		await server.signal("SIGQUIT");
		rmSync(folder, { recursive: true });
	});
	if (!(await server.run(serverCommand(program, [ini]), /process up/)))
		throw new Error(`pgbouncer does not start: ${server.log}`);
	return {
		port,
		url: () => `postgresql://${OWNER}@127.0.0.1:${port}/${DATABASE}`,
	};
}
