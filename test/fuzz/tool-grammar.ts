import { insert } from "./draft.js";
import type { Random } from "./random.js";

/** Where the tools of the fuzzer are reached by path. */
export const PREFIX = "/galaxy/interactivetool/ep";
const OLDER_PREFIX = "/galaxy/interactivetool/access/interactivetoolentrypoint";
const GALAXY = "galaxy.example";
/** The field in which some rows want their path. */
export const PATH_FIELD = "X-Tool-Base";

/** A row of the map with a token. */
export interface Tool {
	readonly key: string;
	readonly token: string;
	readonly pathInUrl: boolean;
	readonly pathInField: boolean;
	/** Whether a container listens there; "absent": the row has no port. */
	readonly place: "running" | "stopped" | "absent";
}

const row = (
	key: string,
	token: string,
	pathInUrl = false,
	pathInField = false,
	place: Tool["place"] = "running",
): Tool => ({ key, token, pathInUrl, pathInField, place });

/** Some keys begin like others, or are another tool's token. */
export const TOOLS: readonly Tool[] = [
	row("4bx0jq", "2rk7wz0y9hq3m"),
	row("4bx0jq1", "zq81vy4n6txkc", true),
	row("8w3k", "7uj2pm5xg0rwe", false, true),
	row("9n5tq0", "k4dz8yh1wv6sb", true, true),
	row("7uj2pm5xg0rwe", "8w3k5jy0nq2vx"),
	row("6hh2z", "y3xo9tq4wkm1p", false, false, "stopped"),
	row("6hh3z", "w5vq0zk8jty7n", false, false, "absent"),
];

/** What must become of a request; "any": it was damaged, so that only what holds for all is judged. */
export type Expected =
	| { readonly kind: "any" | "unknown" | "refused" }
	| {
			readonly kind: "redirect";
			readonly tool: Tool;
			readonly location: string;
	  }
	| {
			readonly kind: "tool";
			readonly tool: Tool;
			readonly target: string;
			readonly isByPath: boolean;
	  };

/** One request of a client. */
export interface Ask {
	/** As latin1. */
	readonly text: string;
	readonly serial: string;
	readonly isHead: boolean;
	readonly minor: number;
	readonly isUpgrade: boolean;
	/** The Cookie line that the container must get, if any; undefined: not judged. */
	readonly cookie: string | null;
	readonly expected: Expected;
}

/** How a request names its tool. */
interface Naming {
	/** Undefined: the request has no Host. */
	readonly host: string | undefined;
	readonly target: string;
	readonly expected: Expected;
}

const RESTS =
	`/ | /a/b?c=d | //a//b | /a%2Fb | /%zz/%00 | /?x=//y/../z | /a/../b/./c | /x;y=1?z=%2e%2e/..%2f | /\xc3\xa9
/a?b=/galaxy/interactivetool/ep/q/r/s | /~'"<> | /...`.split(/ \| |\n/);

/** Paths behind a tool's own that lead out of it. */
const CLIMBING =
	"/.. | /../x | /a/../../x | /%2e%2e/x | /a/.%2E/../x | /..%2fx | /./../x | //../x".split(
		" | ",
	);

/** A request that must be treated in one way, or a damaged one. isLast: its answer ends the connection. */
export function makeAsk(random: Random, serial: string, isLast: boolean): Ask {
	const isByPath = random.chance(0.5);
	const naming = isByPath ? byPath(random) : byHost(random);
	const isUpgrade = isLast && random.chance(0.15);
	const method = isUpgrade ? "GET" : random.pick(METHODS);
	const body = method === "POST" ? random.word(random.below(40)) : "";
	const minor =
		naming.host === undefined || (!isUpgrade && random.chance(0.05)) ? 0 : 1;
	const isDamaged = random.chance(0.12);
	const { host, target } = isDamaged ? damage(random, naming) : naming;
	const fields: string[] = [];
	if (host !== undefined) fields.push(`Host: ${host}`);
	while (random.chance(0.5)) insert(random, fields, random.pick(FIELDS));
	const referred = random.pick(TOOLS);
	if (random.chance(0.1))
		fields.push(`Referer: http://${GALAXY}${pathOf(referred)}/x?y`);
	const [sent, passed] = random.pick(COOKIES);
	if (sent !== "") insert(random, fields, sent);
	if (method === "POST") fields.push(`Content-Length: ${body.length}`);
	if (isUpgrade) fields.push(...UPGRADE);
	else if (isLast) fields.push("Connection: close");
	else if (minor === 0) fields.push("Connection: keep-alive");
	else if (random.chance(0.2)) fields.push(random.pick(CONNECTIONS));
	fields.push(`X-Serial: ${serial}`);
	const line = `${method} ${target} HTTP/1.${minor}`;
	return {
		text: `${[line, ...fields].join("\r\n")}\r\n\r\n${body}`,
		serial,
		minor,
		isUpgrade,
		isHead: method === "HEAD",
		cookie: passed,
		expected: isDamaged
			? { kind: "any" }
			: afterMethod(naming, isUpgrade ? "upgrade" : method),
	};
}

const METHODS = ["GET", "GET", "GET", "GET", "HEAD", "POST"];
const UPGRADE = [
	"Connection: Upgrade",
	"Upgrade: websocket",
	"Sec-WebSocket-Version: 13",
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** The last two ask the proxy to drop fields that it adds itself. */
const CONNECTIONS = [
	"Connection: upgrade",
	"Connection: keep-alive",
	`Connection: ${PATH_FIELD}, cookie`,
	"Connection: x-tool-base, host",
];

const FIELDS =
	`X-Interactive-Tool-Host: 127.0.0.1 | x_interactive_tool_port: 1 | X-INTERACTIVE_TOOL-Port: 22 | x-interactive-tool-x: y
X-Tool-Base: /evil | x_tool_base: /evil | X-Tool_BASE: | x-tool-base: /evil/too | X-Tool-Based: 1 | Accept: */*
X-Forwarded-Host: 4bx0jq-2rk7wz0y9hq3m.ep.galaxy.example | X-Forwarded-For: 6.6.6.6 | X-Original-URL: /x | Origin: http://evil.example
Referer: http://elsewhere.example/x?y | Range: bytes=0-3 | Authorization: Basic eDp5`.split(
		/ \| |\n/,
	);

/** A Cookie line, and what the container must get of it. */
const COOKIES: readonly (readonly [sent: string, passed: string | null])[] = [
	["", null],
	["", null],
	["Cookie: galaxysession=5ecret", null],
	["Cookie: a=1; galaxysession=5ecret; b=2", "a=1; b=2"],
	[
		"cookie: galaxysessionx=1; x=galaxysession=5",
		"galaxysessionx=1; x=galaxysession=5",
	],
	['Cookie: _xsrf=2|a|b; theme="x y"', '_xsrf=2|a|b; theme="x y"'],
];

function pathOf({ key, token }: Tool): string {
	return `${PREFIX}/${key}/${token}`;
}

function byPath(random: Random): Naming {
	const tool = random.pick(TOOLS);
	const host = pathHost(random);
	if (random.chance(0.25))
		return {
			host: GALAXY,
			target: wrongPath(random, tool),
			expected: UNKNOWN,
		};
	const prefix = random.chance(0.2) ? OLDER_PREFIX : PREFIX;
	const slashed = random.chance(0.2)
		? prefix.replace(/\//g, () => "/".repeat(1 + random.below(3)))
		: prefix;
	const own = `${slashed}/${tool.key}/${tool.token}`;
	const whole = (behind: string): string =>
		random.chance(0.05) ? `http://${GALAXY}${own}${behind}` : own + behind;
	if (random.chance(0.06))
		return { host, target: whole(random.pick(CLIMBING)), expected: REFUSED };
	if (random.chance(0.1)) {
		const query = random.chance(0.5) ? "?a=b/../../c" : "";
		return {
			host,
			target: whole(query),
			expected: { kind: "tool", tool, target: query, isByPath: true },
		};
	}
	const rest = random.pick(RESTS);
	const target = rest.replace(/^\/+/, "/");
	return {
		host,
		target: whole(rest),
		expected: { kind: "tool", tool, target, isByPath: true },
	};
}

/** Galaxy's name, another tool's, or none. */
function pathHost(random: Random): string | undefined {
	if (random.chance(0.1)) return hostOf(random.pick(TOOLS));
	return random.chance(0.05) ? undefined : GALAXY;
}

const UNKNOWN: Expected = { kind: "unknown" };
const REFUSED: Expected = { kind: "refused" };

/** A path that no row belongs to, although it is close to one. */
function wrongPath(random: Random, { key, token }: Tool): string {
	const other = TOOLS.find((each) => each.key !== key && each.key !== token);
	const wrong = [
		...[`${key}/${token.slice(0, -1)}`, `${key}/${token}0`, key, `${key}/`],
		...[`${key}/${other?.token}`, `${key}/${token.toUpperCase()}`],
		...[
			`${key}//${token}`,
			`%${key.charCodeAt(0).toString(16)}${key.slice(1)}/${token}`,
		],
		...[
			`${token}/${key}x`,
			`__proto__/${token}`,
			`${key}/null`,
			"notoken/",
			"notoken/null",
			"",
			"/",
		],
	];
	if (random.chance(0.8)) return `${PREFIX}/${random.pick(wrong)}`;
	const before = [`${PREFIX}x`, PREFIX.toUpperCase(), "/x/ep"];
	return `${random.pick(before)}/${key}/${token}/`;
}

function hostOf({ key, token }: Tool): string {
	return `${key}-${token}.ep.interactivetool.${GALAXY}`;
}

function byHost(random: Random): Naming {
	const tool = random.pick(TOOLS);
	const { key, token } = tool;
	const rest = random.pick(RESTS);
	// Several slashes at the beginning count as one.
	const target = rest.replace(/^\/+/, "/");
	const wrong = [
		...[
			`${key}-${token}`,
			`${token}-${key}x.x`,
			`${key}-${token}0.x`,
			"notoken-.x",
		],
		...[
			`x${key}-${token}.x`,
			`${key}--${token}.x`,
			`${key}.${token}.x`,
			"__proto__-x.x",
		],
		...["notoken-null.x", `${key}-.x`, GALAXY],
	];
	if (random.chance(0.25))
		return { host: random.pick(wrong), target: rest, expected: UNKNOWN };
	const host = random.pick([
		hostOf(tool),
		`${hostOf(tool)}:8080`,
		`${key}-${token}.x`,
		mixedCase(random, hostOf(tool)),
	]);
	return {
		host,
		target: rest,
		expected: { kind: "tool", tool, target, isByPath: false },
	};
}

function mixedCase(random: Random, text: string): string {
	return text.replace(/./g, (letter) =>
		random.chance(0.5) ? letter.toUpperCase() : letter,
	);
}

/** A path without a slash behind the token is redirected where that helps. */
function afterMethod({ expected }: Naming, method: string): Expected {
	if (expected.kind !== "tool" || !expected.isByPath) return expected;
	const { tool, target } = expected;
	const lacksSlash = !target.startsWith("/");
	if (!lacksSlash)
		return tool.pathInUrl
			? { ...expected, target: pathOf(tool) + target }
			: expected;
	if (tool.pathInUrl) return { ...expected, target: pathOf(tool) + target };
	return !["GET", "HEAD"].includes(method)
		? { ...expected, target: `/${target}` }
		: { kind: "redirect", tool, location: `${pathOf(tool)}/${target}` };
}

/** A mistyped path is sent to Galaxy's host name: at a tool's, it would be a path in the tool's container. */
function damage(random: Random, { host, target }: Naming) {
	const isByPath = target.includes("/interactivetool");
	if (isByPath)
		return { host: host && GALAXY, target: damaged(random, target) };
	return random.chance(0.5)
		? { host: damaged(random, host ?? ""), target }
		: { host, target: damaged(random, target) };
}

const LETTERS = `/.%?-_:;@=&0aAzZ9~$'*+!|`;

/** Changes, removes or adds some characters; it stays one word without control bytes. */
function damaged(random: Random, text: string): string {
	const letters = [...text];
	do {
		const at = random.below(letters.length + 1);
		const isNew = random.chance(0.5);
		letters.splice(at, isNew ? 0 : 1 + random.below(3));
		if (random.chance(0.7)) letters.splice(at, 0, random.pick([...LETTERS]));
	} while (random.chance(0.5));
	return letters.join("") || "/";
}
