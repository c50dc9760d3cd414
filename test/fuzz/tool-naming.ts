import type { Random } from "./random.js";
import {
	GALAXY,
	hostOf,
	PREFIX,
	pathOf,
	TOOLS,
	type Tool,
} from "./tool-rows.js";

const OLDER_PREFIX = "/galaxy/interactivetool/access/interactivetoolentrypoint";

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

/** How a request names its tool. */
export interface Naming {
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

export function byPath(random: Random): Naming {
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

export function byHost(random: Random): Naming {
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
export function afterMethod({ expected }: Naming, method: string): Expected {
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
export function damage(random: Random, { host, target }: Naming) {
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
