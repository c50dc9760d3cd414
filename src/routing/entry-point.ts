import { Refusal } from "../http1/refusal.js";
import { oneSlashFirst, type RequestLine } from "../http1/request-head.js";
import { SESSION_KEY_BYTES } from "../limits.js";
import { type ToolNeeds, toolSession } from "../route.js";
import { type Named, NO_KEYS, type ToolRequest, UNNAMED } from "./scheme.js";

/** The last segment of Galaxy's path for tools, and what it was before 23.2. */
const LAST = "ep";
const OLDER = "access/interactivetoolentrypoint";

/** Finds the tool that a request names: by its path, or else by its host name. */
export class EntryPoints {
	readonly #prefix: string;
	/** Matches the prefix with more slashes or in its older form. */
	readonly #variants: RegExp | undefined;

	/** prefix: "" (then no tool has a path) or a path without a slash at its end. */
	constructor(prefix: string) {
		this.#prefix = prefix;
		if (prefix === "") return;
		const either = `(?:${LAST}|${slashed(OLDER)})`;
		const pattern = prefix.endsWith(`/${LAST}`)
			? slashed(prefix.slice(0, -LAST.length)) + either
			: slashed(prefix);
		this.#variants = new RegExp(`^${pattern}`);
	}

	/**
	 * @param byHost the result of toolOfHost() for the request's Host field
	 * @throws {Refusal} malformed
	 */
	nameIn({ target, authority }: RequestLine, byHost: Named): Named {
		const end = this.#prefixEnd(target);
		if (end > 0) {
			const found = this.#nameBehind(end, target);
			refuseClimbing(found);
			return found;
		}
		const { sessionKey } =
			authority === undefined ? byHost : toolOfHost(authority);
		if (sessionKey === "") return UNNAMED;
		return named(sessionKey, wholePath("host", target));
	}

	/** The session key in a page's path; empty if it is below the prefix and names no tool; undefined elsewhere. */
	keyBelow(path: string): string | undefined {
		const target = oneSlashFirst(path);
		const end = this.#prefixEnd(target);
		return end > 0 ? this.#nameBehind(end, target).sessionKey : undefined;
	}

	/** Where the prefix of the target's path ends, at the end of a segment; 0 without one. */
	#prefixEnd(target: string): number {
		if (this.#variants === undefined) return 0;
		const end = target.startsWith(this.#prefix)
			? this.#prefix.length
			: (this.#variants.exec(target)?.[0].length ?? 0);
		const next = target[end];
		return next === undefined || next === "/" || next === "?" ? end : 0;
	}

	/** Key and token are the two segments behind the prefix. */
	#nameBehind(prefixEnd: number, target: string): Named {
		let from = prefixEnd;
		while (target[from] === "/") from++;
		const query = target.indexOf("?", prefixEnd);
		const pathEnd = query < 0 ? target.length : query;
		const keyEnd = target.indexOf("/", from);
		const slash = target.indexOf("/", keyEnd + 1);
		const end = slash < 0 || slash > pathEnd ? pathEnd : slash;
		const isWhole = keyEnd > from && end > keyEnd + 1;
		// The same as toolSession() makes of them.
		const sessionKey = isWhole ? checked(target.slice(from, end)) : "";
		if (sessionKey === "") return named("", wholePath("path", target));
		const asked = target.slice(0, end);
		const isCanonical = from === this.#prefix.length + 1;
		const base = isCanonical ? asked : `${this.#prefix}/${sessionKey}`;
		const lacksSlash = end === pathEnd;
		const rest = lacksSlash
			? `/${target.slice(end)}`
			: oneSlashFirst(target.slice(end));
		return named(sessionKey, { by: "path", base, asked, rest, lacksSlash });
	}
}

/**
 * The first label of a host name is a tool's key, a dash and its token, whatever the rest of the name is. Host names have
 * no letter case, and Galaxy's keys and tokens are in lower case.
 */
export function toolOfHost(host: string | undefined): Named {
	const dot = host?.indexOf(".") ?? -1;
	if (host === undefined || dot < 0) return UNNAMED;
	const label = host.slice(0, dot).toLowerCase();
	const dash = label.indexOf("-");
	if (dash < 1 || dash === label.length - 1) return UNNAMED;
	const [key, token] = [label.slice(0, dash), label.slice(dash + 1)];
	const sessionKey = checked(toolSession(key, token));
	return sessionKey === "" ? UNNAMED : named(sessionKey);
}

/** The path and the query for the container. needs: of the tool's row; by host they do not apply. */
export function targetFor(
	{ by, base, rest, lacksSlash }: ToolRequest,
	needs: ToolNeeds | undefined,
): string {
	if (by === "host" || needs?.pathInUrl !== true) return rest;
	return lacksSlash ? base + rest.slice(1) : base + rest;
}

const TOOL_PATH = new RegExp(
	`/(?:${LAST}|${slashed(OLDER)})/+[^/?]+/+[^/?]+`,
	"i",
);

/** Whether a target's path is one that Galaxy gives a tool, whatever comes before it. */
export function looksLikeTool(target: string): boolean {
	const query = target.indexOf("?");
	return TOOL_PATH.test(query < 0 ? target : target.slice(0, query));
}

/**
 * A path as logs may show it: without a token. A page may ask for another tool's path, and a path that names no tool may
 * be a mistyped one.
 */
export function shownPath(
	path: string,
	{ sessionKey }: Named,
	prefix: string,
): string {
	if (sessionKey === "") return knownBeginning(path, prefix);
	const at = path.search(TOOL_PATH);
	return at < 0 ? path : `${path.slice(0, at)}/...`;
}

/** Galaxy's words in the paths of tools. */
const WORDS = ["interactivetool", LAST, ...OLDER.split("/")];

/** A path up to the first segment that neither the prefix nor Galaxy's default one has. */
function knownBeginning(path: string, prefix: string): string {
	const words = new Set([...prefix.split("/"), ...WORDS]);
	const segments = path.split("/");
	const end = segments.findIndex((segment) => !words.has(segment));
	return end < 0 ? path : [...segments.slice(0, end), "..."].join("/");
}

function named(sessionKey: string, tool?: ToolRequest): Named {
	return tool === undefined
		? { sessionKey, otherKeys: NO_KEYS }
		: { sessionKey, otherKeys: NO_KEYS, tool };
}

function wholePath(by: "path" | "host", rest: string): ToolRequest {
	return { by, base: "", asked: "", rest, lacksSlash: false };
}

/** Empty if no session can have the key. */
function checked(sessionKey: string): string {
	return sessionKey.length > SESSION_KEY_BYTES ? "" : sessionKey;
}

/** Several slashes count as one. */
function slashed(path: string): string {
	return path.replace(/[^\w/]/g, "\\$&").replaceAll("/", "/+");
}

const ENCODED_DOT = /%2e/i;
/** With a parameter behind it, Java's servers take it for a dot segment too. */
const UP = /^(?:\.|%2e){2}(?:;.*)?$/i;
/** Segments that some servers drop. */
const NOTHING = /^(?:\.|%2e)?(?:;.*)?$/i;
/** Some servers decode these before they resolve dot segments. */
const ANY_SEPARATOR = /[/\\]|%2f|%5c/i;

/** Refuses dot segments that lead out of the tool's path: a front proxy may resolve them, and ask for another tool. */
function refuseClimbing({ sessionKey, tool }: Named): void {
	const rest = sessionKey === "" ? "" : (tool?.rest ?? "");
	if (!rest.includes("..") && !ENCODED_DOT.test(rest)) return;
	const query = rest.indexOf("?");
	const path = rest.slice(1, query < 0 ? undefined : query);
	if (climbs(path.split("/")) || climbs(path.split(ANY_SEPARATOR)))
		throw new Refusal("malformed", "dot segments lead out of the tool's path");
}

function climbs(segments: readonly string[]): boolean {
	let depth = 0;
	for (const segment of segments) {
		if (UP.test(segment)) depth--;
		else if (!NOTHING.test(segment)) depth++;
		if (depth < 0) return true;
	}
	return false;
}
