import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
	appendFileSync,
	copyFileSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import pg from "pg";
import { freePort } from "../e2e/support/until.js";
import type { Certificate } from "./certificates.js";
import {
	asServer,
	DATABASE,
	giveToServer,
	noPostgres,
	OWNER,
	programsFolder,
	SERVER_ENVIRONMENT,
	serverFolder,
	templateFor,
} from "./postgres-programs.js";
import { Changes } from "./wait.js";

export { noPostgres };

export interface PostgresOptions {
	/** Lines for postgresql.conf. */
	readonly conf?: readonly string[];
	/** Lines of pg_hba.conf for TCP; by default everybody is let in, with `password` whoever knows it. */
	readonly hba?: readonly string[];
	/** Of the user galaxy. */
	readonly password?: string;
	/** Offers TLS. */
	readonly tls?: Certificate;
	/** Where it listens, by default 127.0.0.1. */
	readonly address?: string;
	/** Words in front of the program's, such as `ip netns exec NAME`. */
	readonly within?: readonly string[];
	/** It follows this server, which has `conf` and files of its own. */
	readonly standbyOf?: Postgres;
}

export type Row = Record<string, unknown>;
export type StopMode = "smart" | "fast" | "immediate";

const STOP_SIGNALS = {
	smart: "SIGTERM",
	fast: "SIGINT",
	immediate: "SIGQUIT",
} as const;

/** A crash loses what was committed last, and each test has a server of its own: nothing need reach the disk. */
const FAST_CONF = [
	"fsync = off",
	"full_page_writes = off",
	"shared_buffers = 16MB",
	"autovacuum = off",
	// A standby starts from the template and needs all that was written since.
	"wal_keep_size = 128MB",
	"wal_receiver_timeout = 3s",
	"wal_retrieve_retry_interval = 200ms",
];

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
	execFileSync("cp", ["-a", `${templateFor(programs)}/data`, folder]);
	writeSettings(server.data, options);
	await server.start(START_ATTEMPTS);
	if (options.password !== undefined && !options.standbyOf)
		await server.query(
			`ALTER ROLE ${OWNER} PASSWORD ${pg.escapeLiteral(options.password)}`,
		);
	return server;
}

function writeSettings(data: string, options: PostgresOptions): void {
	const { conf = [], hba = hbaOf(options), tls, standbyOf } = options;
	const lines = [...FAST_CONF, ...conf];
	if (tls !== undefined) {
		const key = join(data, "server.key");
		copyFileSync(tls.certificate, join(data, "server.crt"));
		writeFileSync(key, readFileSync(tls.key), { mode: 0o600 });
		giveToServer(key);
		lines.push("ssl = on");
	}
	if (standbyOf !== undefined) {
		writeFileSync(join(data, "standby.signal"), "");
		lines.push(`primary_conninfo = '${standbyOf.conninfo}'`);
	}
	appendFileSync(join(data, "postgresql.conf"), `\n${lines.join("\n")}\n`);
	const all = ["local all all trust", "local replication all trust", ...hba];
	writeFileSync(join(data, "pg_hba.conf"), `${all.join("\n")}\n`);
}

function hbaOf({ password }: PostgresOptions): string[] {
	const method = password === undefined ? "trust" : "scram-sha-256";
	return [`host all all all ${method}`];
}

export class Postgres {
	readonly data: string;
	/** The folder of its unix socket. */
	readonly socket: string;
	readonly host: string;
	port = 0;
	/** What it has logged. */
	log = "";
	readonly #options: PostgresOptions;
	#child: ChildProcess | undefined;
	readonly #changes = new Changes();

	constructor(
		readonly programs: string,
		folder: string,
		options: PostgresOptions,
	) {
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

	/** Waits for text in its log, behind `from`. */
	async logged(pattern: RegExp, from = 0): Promise<void> {
		await this.#changes.wait(
			`${pattern} in PostgreSQL's log`,
			() => pattern.test(this.log.slice(from)) || undefined,
			() => this.log,
		);
	}

	/** Starts it on the same port as before. */
	async start(attempts = 1): Promise<void> {
		const from = this.log.length;
		if (attempts > 1) this.port = await freePort();
		const { within = [] } = this.#options;
		const settings = [
			...["-D", this.data, "-k", this.socket, "-p", String(this.port)],
			...["-c", `listen_addresses=${this.host}`],
		];
		const [command = "", ...words] = [
			...[...within, ...asServer(), join(this.programs, "postgres")],
			...settings,
		];
		const child = spawn(command, words, {
			cwd: this.socket,
			stdio: ["ignore", "ignore", "pipe"],
			env: SERVER_ENVIRONMENT,
		});
		this.#child = child;
		child.stderr.setEncoding("utf8").on("data", (text: string) => {
			this.log += text;
			this.#changes.notify();
		});
		child.once("close", () => this.#changes.notify());
		const isUp = await this.#changes.wait(
			"a PostgreSQL that is ready",
			() =>
				READY.test(this.log.slice(from)) ||
				(hasEnded(child) ? false : undefined),
			() => this.log,
		);
		if (isUp) return;
		if (attempts > 1 && /in use/.test(this.log))
			return this.start(attempts - 1);
		throw new Error(`PostgreSQL does not start: ${this.log}`);
	}

	async stop(mode: StopMode = "fast"): Promise<void> {
		const child = this.#child;
		if (child === undefined || hasEnded(child)) return;
		const closed = once(child, "close");
		child.kill(STOP_SIGNALS[mode]);
		await closed;
	}

	async restart(mode: StopMode = "fast"): Promise<void> {
		await this.stop(mode);
		await this.start();
	}

	/** Makes a standby the primary. */
	async promote(): Promise<void> {
		await this.query("SELECT pg_promote()");
	}

	/** Stops all its processes: it is there and says nothing. */
	pause(): void {
		// The parent first, so that it starts no other.
		for (const pid of this.#pids()) process.kill(pid, "SIGSTOP");
	}

	resume(): void {
		for (const pid of this.#pids().reverse()) process.kill(pid, "SIGCONT");
	}

	#pids(): number[] {
		const { pid } = this.#child ?? {};
		if (pid === undefined) return [];
		const list = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
		return [pid, ...list.trim().split(" ").filter(Boolean).map(Number)];
	}

	/** Ends it at once and removes its files. */
	async end(): Promise<void> {
		if (this.#child !== undefined && !hasEnded(this.#child)) {
			this.resume();
			await this.stop("immediate");
		}
		rmSync(this.socket, { recursive: true, force: true });
	}
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
	return exitCode !== null || signalCode !== null;
}
