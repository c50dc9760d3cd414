import { insert } from "./draft.js";
import type { Random } from "./random.js";
import {
	afterMethod,
	byHost,
	byPath,
	damage,
	type Expected,
} from "./tool-naming.js";
import { GALAXY, PATH_FIELD, pathOf, TOOLS } from "./tool-rows.js";

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
