import { partsOfUrl } from "../database.js";
import type { Parameter } from "./database-parameters.js";
import { UsageError } from "./setting.js";

/**
 * The parameters that the URL itself has.
 * @param place where it was given, for errors
 * @throws {UsageError} that never shows what may be a part of a password
 */
export function parametersOf(
	url: string,
	place: string,
): Map<string, Parameter> {
	const found = new Map<string, Parameter>();
	const set = (name: string, text: string) =>
		found.set(name, { text: decoded(text, place), place: `${place}: ${name}` });
	const parts = partsOfUrl(url);
	if (parts === undefined)
		throw new UsageError(
			`${place}: an @ after the host begins is not allowed; write @ / ? and # in user names, passwords and database names as %40 %2F %3F and %23`,
		);
	const { userinfo, address, path, query } = parts;
	const [, user, password] = /^([^:]*)(?::(.*))?$/s.exec(userinfo ?? "") ?? [];
	const hosts = address.split(",").map((one) => hostIn(one, place));
	const ports = hosts.map(([, port = ""]) => port);
	if (user) set("user", user);
	if (password) set("password", password);
	if (address !== "") set("host", hosts.map(([host]) => host).join(","));
	if (ports.join(",") !== "") set("port", ports.join(","));
	if (path) set("dbname", path);
	const hostsOfQuery: string[] = [];
	query.forEach((pair, index) => {
		const equals = pair.indexOf("=");
		if (equals < 0)
			throw new UsageError(
				`${place}: parameter number ${index + 1} after the ? has no =; write NAME=VALUE, with & in a value as %26`,
			);
		const name = decoded(pair.slice(0, equals), place);
		const text = pair.slice(equals + 1);
		if (name === "host") hostsOfQuery.push(decoded(text, place));
		else if (name === "ssl" && text === "true") set("sslmode", "require");
		else set(name, text);
	});
	if (hostsOfQuery.length > 0)
		for (const [name, text] of splitHosts(hostsOfQuery))
			found.set(name, { text, place: `${place}: ${name}` });
	return found;
}

/** A host and its port between two commas of a URL; an IPv6 address is in brackets. */
function hostIn(text: string, place: string) {
	const [, ipv6, name, port] =
		/^(?:\[([^[\]]+)\]|([^:[\]]*))(?::(\d*))?$/.exec(text) ?? [];
	if (ipv6 === undefined && name === undefined)
		throw new UsageError(
			`${place}: the host or its port cannot be read; give HOST:PORT with a number, an IPv6 address in brackets, and write / ? # and @ in a password as %2F %3F %23 and %40`,
		);
	return [ipv6 ?? name, port] as const;
}

/** SQLAlchemy repeats host=HOST:PORT for several servers; libpq has host=HOST,HOST and port=PORT,PORT. */
function splitHosts(hosts: readonly string[]): [string, string][] {
	const split = hosts
		.flatMap((host) => host.split(","))
		.map((host) => /^([\w.-]+):(\d+)$/.exec(host)?.slice(1) ?? [host, ""]);
	const column = (index: number) => split.map((pair) => pair[index]).join(",");
	const isWithPorts = split.some(([, port]) => port !== "");
	return [
		["host", column(0)],
		...(isWithPorts ? ([["port", column(1)]] as [string, string][]) : []),
	];
}

function decoded(text: string, place: string): string {
	try {
		const plain = decodeURIComponent(text);
		if (!plain.includes("\0")) return plain;
	} catch {}
	throw new UsageError(
		`${place}: a percent sign must be followed by two hexadecimal digits of a character in UTF-8, and not by 00; write a percent sign itself as %25`,
	);
}
