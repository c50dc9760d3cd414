import { trimWhiteSpace } from "../http1/fields.js";

/**
 * Whether a Set-Cookie makes a browser send a cookie that some server takes for the one of this name. Browsers send the
 * value of a pair without a name as if it were a pair (RFC 6265bis 5.6), and WebOb, which Galaxy uses, finds a pair after
 * any character that no name may contain, even within a value.
 */
export function setsCookie(value: string, name: string): boolean {
	const [pair = ""] = value.split(";", 1);
	for (let at = pair.indexOf(name); at >= 0; at = pair.indexOf(name, at + 1)) {
		const before = pair.slice(0, at);
		const after = trimWhiteSpace(pair.slice(at + name.length));
		const isFirst = /^[=\t ]*$/.test(before);
		if (isFirst && (after === "" || after.startsWith("="))) return true;
		if (/[^\w!#$%&'*+\-.^`|~=]$/.test(before) && after.startsWith("="))
			return true;
	}
	return false;
}

/** The path below which a tool is reached, on Galaxy's own host. */
export interface ToolPath {
	/** "/prefix/key/token", as the container sees it. */
	readonly base: string;
	/** The same path in the form in which this request came, so that the browser sends cookies back to it. */
	readonly asked: string;
}

/** Browsers ignore an attribute with a longer value (RFC 6265bis 5.6), and would use their own default path. */
const ATTRIBUTE_BYTES = 1024;
/** Some readers of a path leave its folder at a dot segment, encoded or behind a backslash. */
const DOT_SEGMENT = /\\|\/(?:\.|%2e){1,2}(?:\/|$)/i;

/**
 * A Set-Cookie line whose cookie only this tool receives: without Domain, and with a Path at or below the tool's own. The
 * other bytes stay. As in browsers, each semicolon ends an attribute, quoted or not, and the last Path counts.
 */
export function confinedCookie(line: string, tool: ToolPath): string {
	const [pair = "", ...attributes] = line.split(";");
	const names = attributes.map(nameOf);
	const last = names.lastIndexOf("path");
	const path = confinedPath(attributes[last] ?? " Path", tool);
	const kept = attributes.flatMap((text, i) => {
		if (i === last) return path;
		return names[i] === "path" || names[i] === "domain" ? [] : text;
	});
	if (last < 0) kept.push(path);
	return [pair, ...kept].join(";");
}

function nameOf(attribute: string): string {
	const [name = ""] = attribute.split("=", 1);
	return trimWhiteSpace(name).toLowerCase();
}

/** A Path attribute, changed if the tool's own path does not contain it. */
function confinedPath(attribute: string, tool: ToolPath): string {
	const equals = attribute.indexOf("=");
	const name = equals < 0 ? attribute : attribute.slice(0, equals);
	const path = equals < 0 ? "" : trimWhiteSpace(attribute.slice(equals + 1));
	const confined = pathBelow(path, tool);
	return confined === path ? attribute : `${name}=${confined}`;
}

function pathBelow(path: string, { base, asked }: ToolPath): string {
	const parent = path.endsWith("/") ? path : `${path}/`;
	const below = [asked, base].find((own) => parent.startsWith(`${own}/`));
	// Browsers use the default path in place of one without a slash. The tool cannot leave its own path to a parent folder.
	if (!path.startsWith("/") || (below === undefined && base.startsWith(parent)))
		return asked;
	const inner = below === undefined ? path : path.slice(below.length);
	const confined = `${asked}${inner}`;
	return DOT_SEGMENT.test(inner) || confined.length > ATTRIBUTE_BYTES
		? asked
		: confined;
}
