import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, type TestContext } from "node:test";
import type { ProxyOptions } from "../../src/proxy/context.js";
import type { ReverseProxy } from "../../src/proxy/proxy.js";
import type { Route } from "../../src/route.js";
import { type Daemon, type LogLine, startDaemon } from "./daemon.js";
import { scratchFolder } from "./folders.js";
import type { LoggedExchange, RunningProxy, StartOptions } from "./proxy.js";
import { WrittenRoutes } from "./written-routes.js";

/** What lives until the end of the file: a test's own end comes earlier. */
const closers: (() => unknown)[] = [];
const file = { after: (close: () => unknown) => closers.push(close) };
after(async () => {
	for (const close of closers.reverse()) await close();
});

interface Place {
	readonly daemon: Daemon;
	readonly map: string;
}

/** Daemons that no test uses now, by their flags. */
const idle = new Map<string, Place[]>();

/**
 * A daemon with as many workers as TEST_WORKERS says, in place of a proxy in the test's own process. Tests of one file with
 * the same options share one, one after the other.
 */
export async function startProxyWorkers(
	t: Pick<TestContext, "after">,
	sessions: readonly (readonly [string, Route])[],
	options: StartOptions,
): Promise<RunningProxy & { readonly daemon: Daemon }> {
	const { isInner, mayFault = false } = options;
	const flags = flagsOf(options, scratchFolder(t));
	const known = flags.join(" ");
	const found = idle.get(known)?.pop();
	const map = found?.map ?? join(scratchFolder(file), "map.sqlite");
	const isForTools = options.mode === "gxit";
	const routes = new WrittenRoutes(map, isForTools, sessions);
	const given = isInner ? flags : [...flags, "--sessions", map];
	const daemon =
		found?.daemon ??
		(await startDaemon(file, { bare: true, mayFault, args: given }));
	let isStopped = false;
	t.after(() => {
		if (isStopped || isInner) return;
		idle.set(known, [...(idle.get(known) ?? []), { daemon, map }]);
	});
	const stop = () => {
		isStopped = true;
		return daemon.stop();
	};
	const exchanges = new LoggedExchanges(daemon);
	return {
		daemon,
		port: daemon.port,
		routes,
		proxy: standIn({ recheck: () => undefined, drain: stop }),
		get exchanges() {
			return exchanges.all;
		},
		exchange: (index) => exchanges.at(index),
	};
}

/** Flags by the names of options; an option that is not here has none. */
const FLAGS: { readonly [Name in keyof ProxyOptions]?: string } = {
	proxyPathPrefix: "proxyPathPrefix",
	cookie: "cookie",
	proxyPrefix: "proxy-prefix",
	trustProxy: "trust-proxy",
	cors: "cors",
	keepAlive: "keep-alive",
	allowTarget: "allow-target",
	connectTimeoutMs: "connect-timeout",
	headTimeoutMs: "head-timeout",
	bodyTimeoutMs: "body-timeout",
	idleTimeoutMs: "idle-timeout",
	responseTimeoutMs: "response-timeout",
	drainTimeoutMs: "drain-timeout",
	maxClients: "max-clients",
	withhold: "withhold",
	withholdBasic: "withhold-basic",
	forwardField: "forward-field",
	keepField: "keep-field",
	forwardIp: "forwardIP",
	forwardPort: "forwardPort",
	publicScheme: "public-scheme",
	cookiePaths: "cookie-paths",
	referrerPolicy: "referrer-policy",
	reverseProxy: "reverseProxy",
	forwardSessionCookie: "forward-session-cookie",
	sessionCookies: "session-cookie",
};

/** What is absent from options and has another default as a flag. A later flag counts. */
const FOR_TOOLS = ["--referrer-policy=off", "--cookie-paths=keep"];

/** Values for which there is no flag. */
const WITHOUT_FLAG: Readonly<Record<string, unknown>> = {
	isInner: true,
	domainTools: "on",
	checkOwner: false,
};

function flagsOf(options: StartOptions, folder: string): string[] {
	const { host = "127.0.0.1", errorPages, mayFault, find, ...rest } = options;
	const { forwardSecret, mode = "gie", xForward, ...others } = rest;
	if (find !== undefined) throw new Error(`find: ${IN_PROCESS}`);
	const flags = ["--ip", host, "--port", "0", "--verbose", "--mode", mode];
	if (mode === "gxit") flags.push(...FOR_TOOLS);
	if (errorPages !== undefined) flags.push("--error-pages", errorPages);
	if (xForward === false) flags.push("--no-x-forward");
	if (forwardSecret !== undefined) {
		const file = join(folder, "secret");
		writeFileSync(file, forwardSecret, { mode: 0o600 });
		flags.push("--forward-secret-file", file);
	}
	for (const [name, value] of Object.entries(others)) {
		if (value === undefined || value === "" || value === WITHOUT_FLAG[name])
			continue;
		const flag = FLAGS[name as keyof ProxyOptions];
		if (flag === undefined) throw new Error(`${name}: ${IN_PROCESS}`);
		if (value === false) continue;
		if (value === true) flags.push(`--${flag}`);
		else if (name === "sessionCookies")
			for (const each of value as string[]) flags.push(`--${flag}=${each}`);
		else flags.push(`--${flag}=${textOf(name, value)}`);
	}
	return flags;
}

function textOf(name: string, value: unknown): string {
	if (name.endsWith("Ms")) return String(Number(value) / 1000);
	if (name === "trustProxy" && String(value) === "") return "none";
	return String(value);
}

const IN_PROCESS =
	"the test looks inside one process: skip it with ONE_PROCESS";

/** The exchanges in the log of a daemon, as far as its lines show them, without those that began in an earlier test. */
class LoggedExchanges {
	readonly #daemon: Daemon;
	readonly #since = Date.now();

	constructor(daemon: Daemon) {
		this.#daemon = daemon;
	}

	get all(): readonly LoggedExchange[] {
		const isOfTest = ({ time, ms }: LogLine) =>
			Date.parse(`${time}`) - Number(ms) >= this.#since - 1;
		return this.#daemon.lines
			.filter((line) => line.msg === "exchange" && isOfTest(line))
			.map(({ in: bytesFromClient, out: bytesToClient, ...line }) => {
				const defaults = { upgrade: false, cause: "" };
				const bytes = { bytesFromClient, bytesToClient };
				return { ...defaults, ...line, ...bytes } as unknown as LoggedExchange;
			});
	}

	async at(index: number): Promise<LoggedExchange> {
		await this.#daemon.logged(() => this.all.length > index);
		return this.all[index] as LoggedExchange;
	}
}

/** Anything else of a proxy is out of reach. */
function standIn(known: Readonly<Record<string, unknown>>): ReverseProxy {
	return new Proxy(known, {
		get(_, name) {
			if (name in known) return known[String(name)];
			throw new Error(`${String(name)}: ${IN_PROCESS}`);
		},
	}) as unknown as ReverseProxy;
}
