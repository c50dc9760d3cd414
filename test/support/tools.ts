import type { TestContext } from "node:test";
import { type Target, type ToolNeeds, toolSession } from "../../src/route.js";
import { head, type RawClient } from "./client.js";
import { type Answer, type Answering, startAnswering } from "./container.js";
import { type Daemon, type DaemonOptions, startDaemon } from "./daemon.js";
import { type RunningProxy, type StartOptions, startClient } from "./proxy.js";
import { startWriter } from "./session-map.js";

/** Where tools are reached by path in Galaxy's default configuration. */
export const TOOL_PREFIX = "/interactivetool/ep";
/** Key and token of a test's tool, as Galaxy makes them since 23.2. */
export const KEY = "2q5ty1w7u8a";
export const TOKEN = "1xg0cvb6jy29r";
/** The path of that tool, without a slash at its end. */
export const TOOL_PATH = pathOf();
/** The host name of that tool. */
export const TOOL_HOST = hostOf();

export function pathOf(key = KEY, token = TOKEN): string {
	return `${TOOL_PREFIX}/${key}/${token}`;
}

export function hostOf(key = KEY, token = TOKEN): string {
	return `${key}-${token}.ep.interactivetool.galaxy.example`;
}

/** A request's head for the tool by its host name; `first` is the method and the path in the container. */
export function byHost(first: string, ...lines: string[]): string {
	return head(`${first} HTTP/1.1`, `Host: ${TOOL_HOST}`, ...lines);
}

/** A request's head for the tool by its path; `first` is the method and the path in the container, or nothing behind it. */
export function byPath(first: string, ...lines: string[]): string {
	const [method, path = ""] = first.split(" ");
	const target = `${TOOL_PATH}${path}`;
	return head(`${method} ${target} HTTP/1.1`, "Host: galaxy.example", ...lines);
}

/** The flags of a proxy for tools. */
export const TOOL_FLAGS = {
	mode: "gxit",
	proxyPathPrefix: TOOL_PREFIX,
	cors: "none",
} as const satisfies StartOptions;

/** A client, a proxy for tools in this process, and the container of the tool. */
export interface ToolChain {
	readonly client: RawClient;
	readonly proxy: RunningProxy;
	readonly container: Answering;
}

/** Starts a chain; the container answers 200 "ok" unless `answer` says otherwise. needs: as in the tool's row. */
export async function startToolChain(
	t: TestContext,
	{
		answer,
		needs,
		...flags
	}: StartOptions & {
		answer?: string | Answer;
		needs?: Partial<ToolNeeds>;
	} = {},
): Promise<ToolChain> {
	const container = await startAnswering(t, answer);
	const started = await startClient(t, {}, { ...TOOL_FLAGS, ...flags });
	setTool(started.proxy, container, needs);
	return { container, ...started };
}

/** Puts a tool into the map of a proxy in this process. */
export function setTool(
	{ routes }: RunningProxy,
	{ host, port }: Target,
	needs?: Partial<ToolNeeds>,
	session = toolSession(KEY, TOKEN),
): void {
	const tool = { pathInUrl: false, pathHeader: undefined, ...needs };
	const target = { host, port };
	routes.set(session, {
		kind: "target",
		target,
		...(needs !== undefined && { tool }),
	});
}

/** The info column of a row: as Galaxy writes it, or a text of the test's own. */
export type ToolInfo =
	| {
			readonly requires_path_in_url?: boolean;
			readonly requires_path_in_header_named?: string | null;
	  }
	| string
	| null;

/** A Python process that writes a map of tools as Galaxy does; each call has committed when it resolves. */
export interface ToolMap {
	readonly path: string;
	put(
		key: string,
		token: string | null,
		host: string | null,
		port: number | string | null,
		info?: ToolInfo,
		keyType?: string,
	): Promise<void>;
	remove(key: string, keyType?: string): Promise<void>;
	/** Each statement is one commit. */
	sql(...statements: string[]): Promise<void>;
	/** Holds the EXCLUSIVE lock. */
	lock(): Promise<void>;
	unlock(): Promise<void>;
	/** Sends SIGKILL at once. */
	kill(): Promise<void>;
}

/** Galaxy's table of tools: from 24.2 on, and before. */
export type ToolEra = "gxitproxy" | "gxitproxy-19.09";

/** Starts such a process on `file`, which need not exist; a name is in a new folder. Ended after the test. */
export function startToolMap(
	t: TestContext,
	file = "interactivetools_map.sqlite",
	era: ToolEra = "gxitproxy",
): ToolMap {
	const { path, call, kill } = startWriter(t, file, era);
	return {
		path,
		put: call("put"),
		remove: call("remove"),
		sql: call("sql"),
		lock: call("lock"),
		unlock: call("unlock"),
		kill,
	};
}

/** A daemon that serves tools from a map of its own, with one tool in it. */
export async function startToolDaemon(
	t: TestContext,
	{
		args = [],
		answer,
		...options
	}: DaemonOptions & { info?: ToolInfo; answer?: string | Answer } = {},
): Promise<{ daemon: Daemon; map: ToolMap; container: Answering }> {
	const { info = null, ...others } = options;
	const container = await startAnswering(t, answer);
	const map = startToolMap(t);
	await map.put(KEY, TOKEN, container.host, container.port, info);
	const daemon = await startDaemon(t, {
		map: map.path,
		args: ["--mode", "gxit", "--proxyPathPrefix", TOOL_PREFIX, ...args],
		...others,
	});
	return { daemon, map, container };
}
