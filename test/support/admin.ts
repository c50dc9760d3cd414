import type { TestContext } from "node:test";
import { connect, head, type RawResponse } from "./client.js";
import { type Daemon, type DaemonOptions, startDaemon } from "./daemon.js";

/** A daemon with its admin listener. */
export interface Watched {
	readonly daemon: Daemon;
	/** Of the admin listener. */
	readonly port: number;
	/** GET of a path there on a new connection, with `Host: localhost` unless lines say another. */
	ask(path: string, ...lines: string[]): Promise<RawResponse>;
	/** The same of JSON. */
	askJson<T>(path: string): Promise<T>;
	/** A number of /metrics, by its name with labels as there; 0 where it is not there. */
	metric(name: string): Promise<number>;
}

/** Starts a daemon with --admin 127.0.0.1:0, unless args say another, and waits until both listen. */
export async function startWatched(
	t: TestContext,
	options: DaemonOptions = {},
): Promise<Watched> {
	const args = ["--admin", "127.0.0.1:0", ...(options.args ?? [])];
	const daemon = await startDaemon(t, { ...options, args });
	const line = await daemon.logged(({ msg }) => msg === "admin listening");
	const port = Number(line.port);
	const ask = (path: string, ...lines: string[]) =>
		askAt(t, port, path, ...lines);
	return {
		daemon,
		port,
		ask,
		async askJson(path) {
			return JSON.parse((await ask(path)).text);
		},
		async metric(name) {
			const { text } = await ask("/metrics");
			const line = text.split("\n").find((each) => each.startsWith(`${name} `));
			return Number(line?.slice(name.length) ?? 0);
		},
	};
}

async function askAt(
	t: TestContext,
	port: number,
	path: string,
	...lines: string[]
): Promise<RawResponse> {
	const client = await connect(t, port);
	const isNamed = lines.some((line) => /^host:/i.test(line));
	const host = isNamed ? [] : ["Host: localhost"];
	client.send(
		head(`GET ${path} HTTP/1.1`, ...host, "Connection: close", ...lines),
	);
	return await client.response();
}
