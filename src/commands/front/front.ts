import { readFileSync } from "node:fs";
import { UsageError } from "../../config/config.js";
import { assetPath } from "../../package.js";
import type { Line } from "../command.js";
import {
	type Front,
	type FrontOptions,
	type FrontSettings,
	frontSettings,
} from "./front-settings.js";
import * as quote from "./quote.js";
import { haproxyServer } from "./servers.js";
import { type UnitSettings, unitSettings } from "./unit-settings.js";

/** Seconds after which supervisord kills by default, and the longest time that a unit says. */
const USUAL_STOP_S = 10;
const DAY_S = 86_400;

type Print = (options: FrontOptions, line: Line) => string;

/** Each throws a UsageError for a value that is not allowed, or that its format cannot contain. */
export const PRINT: Readonly<Record<Front, Print>> = {
	nginx(options, line) {
		const front = frontSettings(options, line);
		return front.isForTools ? nginxForTools(front) : nginx(front);
	},
	apache: (options, line) =>
		apache(frontSettings(ofOne("apache", options), line)),
	haproxy: (options, line) => haproxy(frontSettings(options, line)),
	systemd: (options, line) =>
		systemd(unitSettings(ofOne("systemd", options), line)),
	supervisord: (options, line) =>
		supervisord(unitSettings(ofOne("supervisord", options), line)),
};

/** @throws {UsageError} if daemons are listed for a file that is about one */
function ofOne(kind: Front, options: FrontOptions): FrontOptions {
	if (options.server === undefined) return options;
	throw new UsageError(
		`front ${kind} takes no --server: its file is for one daemon, whose address is --ip and --port; for several daemons use front haproxy or front nginx`,
	);
}

/** The block of Galaxy's documentation (Galaxy Interactive Environments, "Nginx") without its gaps. */
function nginx(front: FrontSettings): string {
	const { galaxyPath: path, plugins } = front;
	const folder = quote.nginxPath(plugins).replace(/"$/, "");
	const end = folder.startsWith('"') ? '"' : "";
	const rule = `^${below(path)}/plugins/(?<plug_type>[^/]+)/(?<vis_name>[^/]+)/static/(?<static_file>.*)$`;
	return filled("nginx.conf", {
		...front,
		proxies: front.servers.map(({ at }) => at).join(", "),
		servers: nginxServers(front),
		several: front.servers.length > 1 ? "yes" : "",
		// nginx has no variable for a cookie whose name has other characters.
		cookie:
			front.servers.length > 1 && /^\w+$/.test(front.cookie)
				? front.cookie
				: "",
		prefix: quote.nginxWord(decoded(front.prefix)),
		plugins:
			plugins && `${folder}/$plug_type/$vis_name/static/$static_file${end}`,
		// Quotes it if a brace, a blank or a semicolon would end it, or if nginx would take a backslash for an escape.
		pluginRule: /[{};\s"']|\\\\/.test(rule) ? quote.nginxWord(rule) : rule,
		galaxyLocation: quote.nginxWord(decoded(path)),
	});
}

function nginxServers({ servers }: FrontSettings): string {
	// With the usual 10 s a daemon that restarts would be left out for so long that another one could have ended meanwhile.
	const patience = servers.length > 1 ? " fail_timeout=2s" : "";
	return servers
		.map(({ at }) => `    server ${quote.nginxWord(at)}${patience};`)
		.join("\n");
}

function nginxForTools(front: FrontSettings): string {
	const { toolsPath, toolsDomain, servers } = front;
	const rule = `~^${quote.literally(toolsPath)}/+(?<key>[^/?]+)`;
	return filled("nginx-tools.conf", {
		...front,
		servers: nginxServers(front),
		keyRule: servers.length > 1 ? quote.nginxWord(rule) : "",
		toolsLocation: quote.nginxWord(`${decoded(toolsPath)}/`),
		toolsNames: quote.nginxWord(`*${toolsDomain}`),
		galaxyLocation: quote.nginxWord(decoded(front.galaxyPath)),
	});
}

/** Several daemons with checks, for environments or for tools. */
function haproxy(front: FrontSettings): string {
	const { isForTools, toolsPath, prefix, galaxyAddress } = front;
	const servers = front.servers.map(haproxyServer);
	const lines = (mark: string) =>
		servers.map(
			({ at, check }, index) =>
				`    server proxy${index + 1} ${at} ${check}${mark}`,
		);
	const word = quote.haproxyWord;
	return filled("haproxy.cfg", {
		...front,
		count: servers.length === 1 ? "one daemon" : `${servers.length} daemons`,
		chroot: servers.some(({ at }) => at.startsWith("unix@")) ? "" : "yes",
		prefix: isForTools ? "" : word(prefix),
		prefixSlash: word(`${prefix}/`),
		toolsPath: isForTools ? word(`${toolsPath}/`) : "",
		toolsDomain: word(front.toolsDomain.toLowerCase()),
		stickiness: stickiness(front)
			.map((line) => `    ${line}`)
			.join("\n"),
		others: Math.max(1, servers.length - 1),
		galaxyServer: galaxyAddress.replace(/^localhost:/, "127.0.0.1:"),
		servers: lines("").join("\n"),
		backups: lines(" backup").join("\n"),
	});
}

/** Both of HAProxy's backends number their servers alike, so that a session has the same daemon in both. */
function stickiness({ isForTools, toolsPath, cookie }: FrontSettings) {
	const nothing = "Nothing breaks if they do not.";
	const hash = "hash-type consistent";
	if (!isForTools) {
		// HAProxy takes other characters of a cookie's name for its quotes and commas.
		if (!/^[\w.-]+$/.test(cookie)) return ["balance leastconn"];
		return [
			`# A user's requests go to the same daemon. ${nothing}`,
			`balance hash req.cook(${cookie})`,
			hash,
		];
	}
	// Before the key are the empty field in front of the first slash, and the path's segments.
	const field = toolsPath.split("/").length + 1;
	const path = quote.haproxyWord(`${toolsPath}/`);
	return [
		`# A tool's requests go to the same daemon. ${nothing}`,
		"http-request set-var(txn.tool) req.hdr(host),lower",
		`http-request set-var(txn.tool) path,field(${field},/) if { path_beg ${path} }`,
		"balance hash var(txn.tool)",
		hash,
	];
}

/** The block of Galaxy's documentation (Galaxy Interactive Environments, "Apache") without its gaps. */
function apache(front: FrontSettings): string {
	const { galaxyPath: path, plugins } = front;
	const proxy = front.servers.map(({ at }) => at).join();
	const authority = proxy.startsWith("unix:")
		? `${proxy}|http://localhost`
		: `http://${proxy}`;
	return filled("apache.conf", {
		...front,
		proxy,
		proxyUrl: quote.apacheWord(`${authority}${front.prefix}`),
		prefix: quote.apacheWord(decoded(front.prefix)),
		redirect: quote.apacheWord(
			`^http://([^/]+${quote.literally(front.prefix)}(/|$))`,
		),
		plugins: plugins && quote.apacheWord(plugins),
		pluginRule: quote.apacheWord(
			`^${below(path)}/plugins/([^/]+)/([^/]+)/static/(.*)$`,
		),
		pluginFile: quote.apacheWord(`${plugins}/$1/$2/static/$3`),
		galaxyLocation: quote.apacheWord(decoded(path)),
		galaxyUrl: quote.apacheWord(`http://${front.galaxyAddress}${path}`),
	});
}

/** Galaxy's path as a regular expression. */
function below(path: string): string {
	return path === "/" ? "" : quote.literally(decoded(path));
}

/** Front proxies compare a location with the decoded path. An invalid escape stays as it is. */
function decoded(path: string): string {
	try {
		return decodeURIComponent(path);
	} catch (error) {
		if (error instanceof URIError) return path;
		throw error;
	}
}

/** Modelled on HAProxy's unit. The daemon reports when it is ready, reloads and stops (src/process/service-manager.ts). */
export function systemd(unit: UnitSettings): string {
	const { node, main, folder, writable, stopSeconds } = unit;
	const variables = Object.entries(unit.env).map(
		([name, value]) => `Environment=${quote.systemdItem(`${name}=${value}`)}\n`,
	);
	// A private /tmp would hide these files.
	const isInTmp = [node, main, folder, ...writable].some((path) =>
		/^(\/var)?\/tmp(\/|$)/.test(path),
	);
	const service = filled("systemd.service", {
		system: unit.system,
		hasSocket: unit.streams.length > 0 ? "yes" : "",
		hasNoSocket: unit.streams.length > 0 ? "" : "yes",
		reloadNote: unit.hasWorkers
			? "new workers read it and take over from the old ones"
			: "the running daemon reads it",
		reloadSignal: unit.hasWorkers ? "USR2" : "HUP",
		user: quote.systemdText(unit.user),
		folder: quote.systemdText(folder),
		environment: variables.join(""),
		program: [node, main].map(quote.systemdWord).join(" "),
		args: unit.args.map(quote.systemdWord).join(" "),
		stopSeconds: Number.isFinite(stopSeconds) ? stopSeconds : "infinity",
		// The "-" permits that a folder does not exist before Galaxy's first start.
		writable: writable.map((path) => quote.systemdItem(`-${path}`)).join(" "),
		privateTmp: isInTmp ? "" : "true",
		capability: unit.isLowPort ? "CAP_NET_BIND_SERVICE" : "",
	});
	return unit.streams.length > 0
		? `${service}\n${systemdSocket(unit)}`
		: service;
}

/** systemd listens itself, so that clients wait during a restart. */
function systemdSocket({ system, streams, isDualStack }: UnitSettings): string {
	const isPath = streams.some((stream) => stream.startsWith("/"));
	return filled("systemd.socket", {
		system,
		streams: streams
			.map((stream) => `ListenStream=${quote.systemdText(stream)}`)
			.join("\n"),
		isPath: isPath ? "yes" : "",
		isAddress: isPath ? "" : "yes",
		isDualStack: isDualStack ? "yes" : "",
	});
}

/** The program block of Galaxy's documentation, with the paths filled in. */
export function supervisord(unit: UnitSettings): string {
	const { node, main, args, stopSeconds } = unit;
	const variables = Object.entries(unit.env).map(
		([name, value]) => `${name}=${quote.supervisordWord(value)}`,
	);
	return filled("supervisord.conf", {
		folder: quote.supervisordText(unit.folder),
		hasWorkers: unit.hasWorkers ? "yes" : "",
		hasNoWorkers: unit.hasWorkers ? "" : "yes",
		mapNote: args.includes("--sessions") ? ", and of the session map" : "",
		command: [node, main, ...args].map(quote.supervisordWord).join(" "),
		environment: variables.join(","),
		user: quote.supervisordText(unit.user),
		stopSeconds:
			stopSeconds <= USUAL_STOP_S ? "" : Math.min(stopSeconds, DAY_S),
	});
}

/** The file in assets/front with each {{name}} replaced; {{#name}} to {{/name}} stays only if the value is not empty. */
function filled(file: string, values: Record<string, unknown>): string {
	return readFileSync(assetPath("front", file), "utf8")
		.replace(/\{\{#(\w+)\}\}\n(.*?)\{\{\/\1\}\}\n/gs, (_, name, lines) =>
			values[name] === "" ? "" : lines,
		)
		.replace(/\{\{(\w+)\}\}/g, (_, name) => String(values[name]));
}
