import { execFileSync } from "node:child_process";
import { chmodSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import pg from "pg";
import { until } from "../e2e/support/until.js";
import { freePort } from "./free-port.js";
import {
	DATABASE,
	noPostgres,
	OWNER,
	programsFolder,
	serverFolder,
	templateFor,
} from "./postgres-programs.js";
import { type ServerSettings, writeSettings } from "./postgres-settings.js";
import { ServerProcess, serverCommand } from "./server-process.js";

export { noPostgres };

export interface PostgresOptions extends ServerSettings {
	/** Where it listens, by default 127.0.0.1. */
	readonly address?: string;
	/** Words in front of the program's, such as `ip netns exec NAME`. */
	readonly within?: readonly string[];
}

export type Row = Record<string, unknown>;
export type StopMode = "smart" | "fast" | "immediate";

const STOP_SIGNALS = {
	smart: "SIGTERM",
	fast: "SIGINT",
	immediate: "SIGQUIT",
} as const;

const READY = /ready to accept/;

/** Ports that were free a moment ago may be taken by another test. */
const START_ATTEMPTS = 5;

/**
 * A real server with the database gxitproxy of the user galaxy, on a free port and on a unix socket. Ended after the test.
 * Tests that need it have `{ skip: noPostgres() }`.
 */
export async function startPostgres(
	t: Pick<TestContext, "after">,
	options: PostgresOptions = {},
): Promise<Postgres> {
	const programs = programsFolder();
	if (programs === undefined)
		throw new Error("PostgreSQL is not installed: apt-get install postgresql");
	const folder = serverFolder(join(tmpdir(), "galaxy-proxy-pg-"));
	const server = new Postgres(programs, folder, options);
	t.after(() => server.end());
	chmodSync(folder, 0o755);
	execFileSync("cp", ["-a", `${templateFor(programs)}/data`, folder]);
	writeSettings(server.data, options);
	await server.start(START_ATTEMPTS);
	if (options.password !== undefined && !options.standbyOf)
		await server.query(
			`ALTER ROLE ${OWNER} PASSWORD ${pg.escapeLiteral(options.password)}`,
		);
	return server;
}

export class Postgres extends ServerProcess {
	readonly data: string;
	/** The folder of its unix socket. */
	readonly socket: string;
	readonly host: string;
	port = 0;
	readonly #options: PostgresOptions;

	constructor(
		readonly programs: string,
		folder: string,
		options: PostgresOptions,
	) {
		super();
		this.socket = folder;
		this.data = join(folder, "data");
		this.host = options.address ?? "127.0.0.1";
		this.#options = options;
	}

	/** The URL by TCP as the user galaxy, with the password if there is one. */
	url(params: Record<string, string> = {}, user = OWNER): string {
		const { password } = this.#options;
		const secret =
			password === undefined ? "" : `:${encodeURIComponent(password)}`;
		const query = new URLSearchParams(params).toString();
		return `postgresql://${user}${secret}@${this.host}:${this.port}/${DATABASE}${query && `?${query}`}`;
	}

	/** The URL by the unix socket. */
	socketUrl(user = OWNER): string {
		return `postgresql://${user}@/${DATABASE}?host=${this.socket}&port=${this.port}`;
	}

	/** For libpq's settings: the unix socket, as the superuser. */
	get conninfo(): string {
		return `host=${this.socket} port=${this.port} user=postgres`;
	}

	/** Runs statements as the superuser, each in a transaction of its own; resolves with the rows of the last. */
	async query(...statements: string[]): Promise<Row[]> {
		const client = await this.connect();
		try {
			let rows: Row[] = [];
			for (const sql of statements) ({ rows } = await client.query(sql));
			return rows;
		} finally {
			await client.end();
		}
	}

	/** A connection of the superuser, by the unix socket. The caller ends it, or the server's end does. */
	async connect(): Promise<pg.Client> {
		const client = new pg.Client({
			host: this.socket,
			port: this.port,
			user: "postgres",
			password: "",
			database: DATABASE,
			application_name: "test",
			ssl: false,
		});
		client.on("error", () => {});
		await client.connect();
		return client;
	}

	/** The connections of programs with this application_name. */
	backends(application = "galaxy-proxy"): Promise<Row[]> {
		return this.query(
			`SELECT pid, state, query, wait_event FROM pg_stat_activity WHERE application_name = ${pg.escapeLiteral(application)}`,
		);
	}

	/** Starts it on the same port as before. */
	async start(attempts = 1): Promise<void> {
		if (attempts > 1) this.port = await freePort();
		const words = [
			...["-D", this.data, "-k", this.socket, "-p", String(this.port)],
			...["-c", `listen_addresses=${this.host}`],
		];
		const program = join(this.programs, "postgres");
		const command = serverCommand(program, words, this.#options.within);
		if (await this.run(command, READY)) return;
		if (attempts > 1 && /in use/.test(this.log))
			return this.start(attempts - 1);
		throw new Error(`PostgreSQL does not start: ${this.log}`);
	}

	stop(mode: StopMode = "fast"): Promise<void> {
		return this.signal(STOP_SIGNALS[mode]);
	}

	async restart(mode: StopMode = "fast"): Promise<void> {
		await this.stop(mode);
		await this.start();
	}

	/** Waits until a standby has all that its primary has committed. */
	async follow(primary: Postgres): Promise<void> {
		const [{ lsn } = {}] = await primary.query(
			"SELECT pg_current_wal_lsn()::text AS lsn",
		);
		const replayed = `SELECT pg_last_wal_replay_lsn() AS last, pg_last_wal_replay_lsn() >= '${lsn}' AS "isReplayed"`;
		let rows: Row[] = [];
		await until(
			`the standby to replay ${lsn}`,
			async () => {
				rows = await this.query(replayed);
				return rows[0]?.isReplayed === true;
			},
			{ soFar: () => `; last rows: ${JSON.stringify(rows)}` },
		);
	}

	/** Makes a standby the primary. */
	async promote(): Promise<void> {
		await this.query("SELECT pg_promote()");
	}

	/** Ends it at once and removes its files. */
	async end(): Promise<void> {
		this.resume();
		await this.stop("immediate");
		rmSync(this.socket, { recursive: true, force: true });
	}
}
