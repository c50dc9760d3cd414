import { UsageError } from "../../config/config.js";

// How each format quotes a word, and which characters it cannot contain.

/** A word of nginx's configuration in which nginx replaces no variables, such as a location's path. */
export function nginxWord(text: string): string {
	return /^[\w/.:~*[\]-]+$/.test(text) ? text : doubleQuoted(text);
}

/** A path in which nginx replaces variables. It cannot contain a dollar sign. */
export function nginxPath(text: string): string {
	if (text.includes("$")) throw cannotHold("nginx", text, "a dollar sign");
	return nginxWord(text);
}

/** A word of Apache's configuration. `${` is replaced everywhere and cannot be escaped. */
export function apacheWord(text: string): string {
	if (text.includes("${")) throw cannotHold("Apache", text, "${");
	return doubleQuoted(text);
}

/** A path for nocanon, which leaves requests' paths as they came. If this path were encoded, Apache would encode them again. */
export function apachePath(text: string): string {
	if (text.includes("%")) throw cannotHold("Apache", text, "a percent sign");
	return apacheWord(text);
}

/** A word of HAProxy's configuration in which nothing is replaced. */
export function haproxyWord(text: string): string {
	const line = oneLine("HAProxy", text);
	return /^[\w/.:~@[\]-]+$/.test(line)
		? line
		: `'${line.replaceAll("'", "'\\''")}'`;
}

/** A word of Caddy's configuration, which has names in braces replaced almost everywhere. */
export function caddyWord(text: string): string {
	const line = oneLine("Caddy", text);
	if (/[{}]/.test(line)) throw cannotHold("Caddy", text, "a brace");
	if (line.includes("`")) throw cannotHold("Caddy", text, "a backtick");
	return /^[\w/.:~*[\]-]+$/.test(line) ? line : `\`${line}\``;
}

/** Everything below a path, in one of Caddy's matchers. */
export function caddyPath(path: string): string {
	if (/[*%]/.test(path))
		throw cannotHold("Caddy", path, "a star or a percent sign");
	return caddyWord(`${path}*`);
}

/** A text in one of Traefik's rules. */
export function traefikText(text: string): string {
	if (text.includes("`")) throw cannotHold("Traefik", text, "a backtick");
	return `\`${oneLine("Traefik", text)}\``;
}

/** A text in YAML that no reader takes for a number, a boolean or null. */
export function yamlWord(text: string): string {
	const isPlain = /^[a-z/][\w./:@?=+-]*[\w/]$/i.test(text);
	const isOther = /^(true|false|yes|no|on|off|null)$/i.test(text);
	return isPlain && !isOther ? text : JSON.stringify(text);
}

/** A value in an ini file of Galaxy's, which replaces names after a percent sign. */
export function iniWord(text: string): string {
	return oneLine("an ini file", text).replaceAll("%", "%%");
}

/** Escapes the text for a regular expression of nginx and Apache (PCRE). */
export function literally(text: string): string {
	return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** A word of a command line in a unit: systemd.syntax(7), and `%` and `$` of systemd.service(5). */
export function systemdWord(text: string): string {
	const doubled = systemdText(text).replaceAll("$", "$$$$");
	return /^[\w/.:=,@+$%-]+$/.test(doubled) ? doubled : doubleQuoted(doubled);
}

/** A word of a list of paths or variables in a unit, where `$` has no meaning. */
export function systemdItem(text: string): string {
	const doubled = systemdText(text);
	return /^[\w/.:=,@+%-]+$/.test(doubled) ? doubled : doubleQuoted(doubled);
}

/** A unit's value that is one word, such as WorkingDirectory's. */
export function systemdText(text: string): string {
	return oneLine("systemd", text).replaceAll("%", "%%");
}

/**
 * A word of supervisord's `command` and `environment`, which Python's shlex splits. A blank before `;` or `#` begins a comment
 * even within quotes, so the quotes end and begin between the two.
 */
export function supervisordWord(text: string): string {
	const doubled = oneLine("supervisord", text).replaceAll("%", "%%");
	if (/^[\w/.:=,@+%-]+$/.test(doubled)) return doubled;
	const quoted = doubled.replaceAll("'", `'"'"'`);
	return `'${quoted.replace(/(\s)([;#])/g, "$1''$2")}'`;
}

/** A supervisord value that is one word, such as directory's. */
export function supervisordText(text: string): string {
	if (/\s[;#]/.test(text))
		throw cannotHold("supervisord", text, "a blank in front of ; or #");
	return oneLine("supervisord", text).replaceAll("%", "%%");
}

function doubleQuoted(text: string): string {
	return `"${oneLine("a configuration", text).replace(/["\\]/g, "\\$&")}"`;
}

function oneLine(format: string, text: string): string {
	if (/[\r\n]/.test(text)) throw cannotHold(format, text, "a line's end");
	return text;
}

function cannotHold(format: string, text: string, what: string): UsageError {
	return new UsageError(
		`${JSON.stringify(text)} cannot be written in ${format}'s configuration because of ${what}: choose another name`,
	);
}
