import type { Directive } from "./syntax.js";

/** A block of nginx that leads to the proxy. */
export interface ProxyBlock {
	/** The directives of http, of the server, of the location and of blocks within it, from the outside to the inside. */
	readonly levels: readonly (readonly Directive[])[];
	readonly location: Directive;
	readonly pass: Directive;
	readonly serverNames: readonly string[];
	/** Ports of its server. */
	readonly ports: readonly number[];
	/** proxy_pass's path after the address, which replaces the location's part of a request's path; "" if it has none. */
	readonly path: string;
}

/** Whether an address, "host:port" or "unix:/path", is the proxy's. */
export type IsProxys = (address: string) => boolean;

const BLOCKS = new Set(["location", "if", "limit_except"]);

/** The blocks of all servers that pass requests on to the proxy. */
export function proxyBlocks(
	configuration: readonly Directive[],
	isProxys: IsProxys,
): ProxyBlock[] {
	const found: ProxyBlock[] = [];
	for (const http of blocksNamed(configuration, "http")) {
		const upstreams = upstreamsIn(http);
		const isLeading = (address: string) =>
			(upstreams.get(address) ?? [address]).some(isProxys);
		for (const server of blocksNamed(http, "server")) {
			const names = server
				.filter(({ name }) => name === "server_name")
				.flatMap(({ args }) => args);
			const ports = portsOf(server);
			collect(found, { levels: [http, server], names, ports, isLeading });
		}
	}
	return found;
}

interface Search {
	readonly levels: readonly (readonly Directive[])[];
	readonly names: readonly string[];
	readonly ports: readonly number[];
	readonly isLeading: IsProxys;
	readonly location?: Directive;
}

function collect(found: ProxyBlock[], search: Search): void {
	const { levels, names, ports, isLeading, location } = search;
	for (const directive of levels.at(-1) ?? []) {
		const { name, args, block } = directive;
		if (block !== undefined && BLOCKS.has(name))
			collect(found, {
				...search,
				levels: [...levels, block],
				// The line of an inner block would hide the location's.
				location: name === "location" ? directive : (location ?? directive),
			});
		if (name !== "proxy_pass" || location === undefined) continue;
		const url = withVariables(args[0] ?? "", levels);
		const { address, path } = partsOf(url);
		if (address === undefined || !isLeading(address)) continue;
		found.push({
			levels,
			location,
			pass: directive,
			serverNames: names,
			ports,
			path,
		});
	}
}

/** Of "listen 80", "listen [::]:8443 ssl" and "listen galaxy.example"; 80 without any. */
function portsOf(server: readonly Directive[]): number[] {
	const all = server
		.filter(({ name }) => name === "listen")
		.map(({ args: [address = ""] }) => {
			const [, digits] = /^(?:.*:)?(\d+)$/.exec(address) ?? [];
			return address.startsWith("unix:") ? undefined : Number(digits ?? 80);
		});
	const ports = all.filter((port) => port !== undefined);
	return all.length === 0 ? [80] : ports;
}

function blocksNamed(
	directives: readonly Directive[],
	wanted: string,
): (readonly Directive[])[] {
	return directives
		.filter(({ name }) => name === wanted)
		.map(({ block }) => block ?? []);
}

function upstreamsIn(http: readonly Directive[]) {
	const all = http.filter(({ name }) => name === "upstream");
	return new Map(
		all.map(({ args, block = [] }) => {
			const servers = block.filter(({ name }) => name === "server");
			const addresses = servers.map(({ args: [address = ""] }) =>
				hasPort(address) ? address : `${address}:80`,
			);
			return [args[0] ?? "", addresses] as const;
		}),
	);
}

/** Replaces the variables that `set` gives a value; nginx finds others only at run time. */
function withVariables(text: string, levels: ProxyBlock["levels"]): string {
	return text.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced, bare) => {
		const wanted = `$${braced ?? bare}`;
		const value = levels
			.flat()
			.findLast(({ name, args }) => name === "set" && args[0] === wanted);
		return value?.args[1] ?? whole;
	});
}

/** The address of a proxy_pass: an upstream's name, "host:port" or "unix:/path"; and the rest of the URL. */
function partsOf(url: string): { address?: string; path: string } {
	const [, scheme = "", rest = ""] = /^(https?):\/\/(.*)$/.exec(url) ?? [];
	if (scheme === "") return { path: "" };
	const unix = /^unix:([^:]+):?(.*)$/.exec(rest);
	const [, authority = "", path = ""] =
		unix === null
			? (/^(\$?[^/$]*)(.*)$/.exec(rest) ?? [])
			: ["", `unix:${unix[1]}`, unix[2]];
	// This variable is the path as the browser sent it.
	return { address: authority, path: path === "$request_uri" ? "" : path };
}

function hasPort(address: string): boolean {
	return address.startsWith("unix:") || /:\d+$/.test(address);
}

/**
 * Whether an address of proxy_pass is this socket, or this port of a host.
 * @param isHost whether a name or an IP address is that host's
 */
export function isAddressOf(
	{ port, socketPath }: { port: number; socketPath: string | undefined },
	isHost: (host: string) => boolean,
): IsProxys {
	return (address) => {
		if (address.startsWith("unix:"))
			return address.slice("unix:".length) === socketPath;
		const [, host = "", digits = "80"] =
			/^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(address) ?? [];
		if (socketPath !== undefined || Number(digits) !== port) return false;
		return isHost(host.replace(/^\[|\]$/g, ""));
	};
}

/**
 * The directives of a name that apply: the ones on the innermost level that has any. This is how nginx inherits all that
 * doctor looks at; of proxy_set_header it means that one line hides all of the levels outside.
 */
export function applying(
	{ levels }: Pick<ProxyBlock, "levels">,
	wanted: string,
): readonly Directive[] {
	const level = levels.findLast((each) =>
		each.some(({ name }) => name === wanted),
	);
	return (level ?? []).filter(({ name }) => name === wanted);
}

/** Whether the line is in the block's location, and not inherited. */
export function isOwn(line: Directive, { location }: ProxyBlock): boolean {
	const isIn = ({ block = [] }: Directive): boolean =>
		block.some((each) => each === line || isIn(each));
	return isIn(location);
}

/** The line of proxy_set_header for a field. name: in lower case */
export function headerLine(
	block: ProxyBlock,
	name: string,
): Directive | undefined {
	return applying(block, "proxy_set_header").findLast(
		({ args }) => args[0]?.toLowerCase() === name,
	);
}

/** Explains that an outer level has a line for the field, which does not apply here. */
export function hiddenBy(block: ProxyBlock, name: string): string {
	const isOutside = block.levels.some((level) =>
		level.some(
			(each) =>
				each.name === "proxy_set_header" &&
				each.args[0]?.toLowerCase() === name,
		),
	);
	return isOutside
		? " (a proxy_set_header of a block hides all of the blocks around it)"
		: "";
}
