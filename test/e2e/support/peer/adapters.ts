import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "../../../support/folders.js";
import { type ToolRow, writeMap } from "./map.js";

/**
 * The modules of gx-it-proxy that its own tests import, each of them a thin layer over the command line of galaxy-proxy.
 * They run outside of our tests, in vitest.
 */

const COMMAND = join(repository, "bin/gx-it-proxy.js");

interface Entry {
	readonly token: string;
	readonly target: { readonly host: string; readonly port: number };
	readonly requires_path_in_url?: boolean;
	readonly requires_path_in_header_named?: string;
}

interface Options {
	readonly port: number;
	readonly verbose?: boolean;
	readonly sessionMap?: Readonly<Record<string, Entry>>;
	readonly proxyPathPrefix?: string;
	readonly forwardIP?: string;
	readonly forwardPort?: number;
}

/** lib/proxy.js */
export class DynamicProxy {
	/** The container's head cannot be seen from here; case 25 of peer-cases.test.ts checks the field. */
	readonly proxy = { on: () => {} };
	readonly #options: Options;
	#running: ChildProcess | undefined;

	constructor(options: Options) {
		this.#options = options;
	}

	listen(): void {
		const { sessionMap, verbose, ...flags } = this.#options;
		const args = Object.entries(flags).flatMap(([name, value]) => [
			`--${name}`,
			`${value}`,
		]);
		if (verbose) args.push("--verbose");
		if (sessionMap !== undefined) args.push("--sessions", mapOf(sessionMap));
		this.#running = start(args, this.#options.port);
	}

	close(): void {
		this.#running?.kill();
	}
}

/** lib/main.js */
export function main([, , ...args]: string[]): { close(): void } {
	const port = Number(args[args.indexOf("--port") + 1]);
	const running = start(args, port);
	return { close: () => void running.kill() };
}

/** lib/mapper.js: the map as the command `routes` lists it, whenever it is looked at. */
export function mapFor(path: string): object {
	const listed = (key: string | symbol) =>
		rowsIn(path).find((row) => row.key === key);
	return new Proxy(
		{},
		{
			has: (_, key) => listed(key) !== undefined,
			ownKeys: () => rowsIn(path).map(({ key }) => key),
			get: (_, key) => (key === "_stop" ? () => {} : entryOf(listed(key))),
		},
	);
}

/** What one line of `routes --json` has of a row. */
interface Listed {
	readonly key: string;
	/** Host and port. */
	readonly target: string;
}

function entryOf(row: Listed | undefined): Pick<Entry, "target"> | undefined {
	const { hostname, port } = new URL(`http://${row?.target}`);
	return row && { target: { host: hostname, port: Number(port) } };
}

function rowsIn(path: string): Listed[] {
	const args = [COMMAND, "routes", "--json", "--sessions", path];
	const output = execFileSync(process.execPath, args, { encoding: "utf8" });
	const lines = output.split("\n").filter((line) => line !== "");
	return lines.map((line) => JSON.parse(line));
}

/** Waits until it listens and has read its map: the tests send their requests at once. */
function start(args: readonly string[], port: number): ChildProcess {
	const child = spawn(process.execPath, [COMMAND, ...args], {
		stdio: "inherit",
	});
	execFileSync(process.execPath, ["-e", CONNECT, `${port}`]);
	return child;
}

const CONNECT = `
const giveUp = Date.now() + 20_000;
const again = () => Date.now() < giveUp ? setTimeout(look, 20) : process.exit(1);
const headers = { Host: "no-body.interactivetool.localhost" };
const look = () => require("node:http").get({ host: "localhost", port: process.argv[1], headers })
	.on("response", ({ statusCode }) => statusCode === 503 ? again() : process.exit(0))
	.on("error", again);
look();`;

function mapOf(sessions: Readonly<Record<string, Entry>>): string {
	const folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-"));
	const map = join(folder, "interactivetools_map.sqlite");
	const rows = Object.entries(sessions).map(
		([key, { token, target, ...needs }]): ToolRow => ({
			...{ key, token, host: target.host, port: target.port },
			info: JSON.stringify(needs),
		}),
	);
	writeMap(map, rows);
	return map;
}
