import type { Field } from "../http1/fields.js";
import type { RequestFields } from "../http1/request-head.js";
import { type EntryPoints, looksLikeTool, toolOfHost } from "./entry-point.js";

/** A Referer that names tools: its path or its host name contains a token. */
export interface ToolReferer {
	/** As sent. */
	readonly line: string;
	/** The line with the origin alone; undefined if it has none. */
	readonly originLine: string | undefined;
	/** The session key in its path; empty if it is below the prefix and names no tool; undefined elsewhere. */
	readonly inPath: string | undefined;
	/** The session key in its host name; undefined if that is the requested host, or no tool's. */
	readonly inHost: string | undefined;
}

const NONE: readonly ToolReferer[] = [];

/** The Referer lines that name tools. They follow from the fields alone. */
export function toolReferers(
	fields: RequestFields,
	points: EntryPoints,
): readonly ToolReferer[] {
	const lines = fields.list.filter(({ name }) => name === "referer");
	if (lines.length === 0) return NONE;
	const hosts = [
		fields.host,
		...fields.list.map(({ name, value }) =>
			name === "x-forwarded-host" ? value : undefined,
		),
	].map(hostName);
	return lines
		.map((field) => readReferer(field, hosts, points))
		.filter(({ inPath, inHost }) => (inPath ?? inHost) !== undefined);
}

const REFERER = /^([a-z][a-z0-9+.-]*:\/\/)(?:[^/?#\\]*@)?([^/?#\\]*)(.*)$/i;

function readReferer(
	{ value, line, name }: Field,
	hosts: readonly string[],
	points: EntryPoints,
): ToolReferer {
	const [, scheme, authority = "", path = value] = REFERER.exec(value) ?? [];
	const isRequested = hosts.includes(hostName(authority));
	const tool = isRequested ? "" : toolOfHost(authority).sessionKey;
	const field = line.slice(0, name.length);
	return {
		line,
		originLine: scheme && `${field}: ${scheme}${authority}/`,
		inPath:
			points.keyBelow(path) ??
			(!isRequested && looksLikeTool(path) ? "" : undefined),
		inHost: tool === "" ? undefined : tool,
	};
}

/** In lower case, without a port. */
function hostName(authority = ""): string {
	return authority.replace(/:[0-9]*$/, "").toLowerCase();
}

/**
 * Field lines without what their Referer says of other tools: it is cut to its origin, or dropped if that is a tool's. The
 * receiver is another user's program, and a token is all that opens a tool.
 */
export function withoutOtherTools(
	lines: string,
	referers: readonly ToolReferer[],
	sessionKey: string,
): string {
	const isOther = (key: string | undefined) =>
		key !== undefined && key !== sessionKey;
	const others = referers.filter(
		({ inPath, inHost }) => isOther(inPath) || isOther(inHost),
	);
	if (others.length === 0) return lines;
	return lines
		.split("\r\n")
		.flatMap((line) => {
			const other = others.find((referer) => referer.line === line);
			if (other === undefined) return line;
			return isOther(other.inHost) ? [] : (other.originLine ?? []);
		})
		.join("\r\n");
}
