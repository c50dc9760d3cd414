import type * as Ini from "ini";
import type * as Yaml from "yaml";

type Section = Readonly<Record<string, unknown>>;

/** Where uWSGI listens. */
const UWSGI = ["http", "https", "http-socket", "socket", "uwsgi-socket"];

/**
 * Ports of this machine on which Galaxy listens, and its front proxy as far as galaxy_infrastructure_url names it: no row
 * of the session map leads to one of them rightly. What cannot be read as an address counts as none.
 * @param text a galaxy.yml or galaxy.ini that was found good
 */
export function galaxyPorts(text: string, isIni: boolean): readonly number[] {
	const sections = isIni ? iniSections(text) : yamlSections(text);
	const section = (name: string): Section => mapOf(sections[name]);
	const addresses: unknown[] = [section("server:main").port];
	for (const name of UWSGI) addresses.push(section("uwsgi")[name]);
	for (const gunicorn of [section("gravity").gunicorn].flat())
		addresses.push(mapOf(gunicorn).bind);
	for (const name of ["galaxy", "app:main"])
		addresses.push(section(name).galaxy_infrastructure_url);
	const each = addresses
		.flat()
		.flatMap((text) => String(text ?? "").split(","));
	const ports = each.map((address) => portOf(address.trim()));
	return [...new Set(ports.filter((port) => port > 0 && port < 65_536))];
}

function mapOf(value: unknown): Section {
	return typeof value === "object" && value !== null ? (value as Section) : {};
}

/** Of "localhost:8080", ":8080", 8080 and URLs; 0 of anything else. */
function portOf(address: string): number {
	if (/^https?:/.test(address) && URL.canParse(address)) {
		const { port, protocol } = new URL(address);
		return Number(port) || (protocol === "https:" ? 443 : 80);
	}
	return Number(/(?:^|:)(\d{1,5})$/.exec(address)?.[1] ?? 0);
}

// Not import(), as in galaxy-ini.ts and galaxy-yaml.ts: only a start with --config needs the libraries.

function iniSections(text: string): Section {
	const ini: typeof Ini = require("ini");
	return ini.parse(text);
}

function yamlSections(text: string): Section {
	const yaml: typeof Yaml = require("yaml");
	const options = {
		version: "1.1",
		uniqueKeys: false,
		logLevel: "error",
	} as const;
	try {
		return mapOf(yaml.parse(text, options));
	} catch {
		// Good for the settings, which are read key by key: a map that is merged into itself cannot become an object.
		return {};
	}
}
