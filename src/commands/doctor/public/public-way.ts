import { randomBytes } from "node:crypto";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import type { GalaxySettings, MapConfig } from "../../../config/config.js";
import type { Front } from "../front.js";
import { HttpClient, withoutBrackets } from "../http-client.js";

/** Settings of Galaxy's file that decide under which addresses it offers tools. */
export interface ToolAddresses {
	/** interactivetools_proxy_host, which has an effect only without interactivetools_upstream_proxy. */
	readonly proxyHost: string | undefined;
	readonly hasUpstreamProxy: boolean;
}

export interface PublicSettings {
	readonly config: MapConfig;
	/** With --config. */
	readonly galaxy: GalaxySettings | undefined;
	readonly addresses: ToolAddresses | undefined;
	/** Whether users open Galaxy at this address, as far as doctor knows. */
	readonly isUsers: boolean;
}

/** How browsers reach Galaxy and its tools. */
export type PublicWay = ReturnType<typeof publicWayTo>;

/** Galaxy's default of interactivetools_prefix. */
export const TOOLS_PREFIX = "interactivetool";
/** The key and the token in a test label are this many random hexadecimal digits each, so that no row has them. */
const LABEL_BYTES = 6;

/** @param url Galaxy's address */
export function publicWayTo(
	url: URL,
	{ config, galaxy, addresses, isUsers }: PublicSettings,
	signal: AbortSignal,
) {
	const { proxyHost, hasUpstreamProxy = true } = addresses ?? {};
	// As in Galaxy's managers/interactivetool.py.
	const separate = `${url.protocol}//${proxyHost}`;
	const isSeparate =
		!hasUpstreamProxy &&
		proxyHost !== undefined &&
		!proxyHost.includes("/") &&
		URL.canParse(separate);
	const base = new URL(isSeparate ? separate : url);
	const [, segment] = /([^/]+)\/ep$/.exec(config.proxyPathPrefix) ?? [];
	const prefix =
		galaxy?.interactivetools_prefix.value ?? segment ?? TOOLS_PREFIX;
	const suffix = `ep.${prefix}.${base.host}`;
	const hasNames = isIP(withoutBrackets(base.hostname)) === 0;
	const client = new HttpClient({ origin: url.origin }, signal);
	const byPath = wayByPath(base, config.proxyPathPrefix, signal);
	return {
		/** Galaxy's address. */
		url,
		isUsers,
		client,
		config,
		galaxy,
		/** The address of tools by path; tools by host name are below its name. */
		base,
		/** Whether that is another host than Galaxy's, as its file says. */
		isSeparate,
		/** The wildcard of the tools' names, without a port; undefined below an address, which has no names. */
		wildcard: hasNames ? `*.${suffix.replace(/:\d+$/, "")}` : undefined,
		byPath,
		/** The way to the tool with this first label, or to no real tool. */
		byHost: async (label = strangersLabel()): Promise<Front> =>
			wayByHost(new URL(`${url.protocol}//${label}.${suffix}`), base, signal),
	};
}

export function strangersLabel(): string {
	const [key, token] = [0, 0].map(() =>
		randomBytes(LABEL_BYTES).toString("hex"),
	);
	return `${key}-${token}`;
}

function wayByPath(base: URL, prefix: string, signal: AbortSignal): Front {
	return {
		url: base,
		prefix,
		received: prefix,
		client: new HttpClient({ origin: base.origin }, signal),
		places: [["by path: ", "/doctor"]],
		of: "tools",
	};
}

/** If the name does not resolve here, the request goes to the base's address, so that the front proxy is checked nevertheless. */
async function wayByHost(
	url: URL,
	base: URL,
	signal: AbortSignal,
): Promise<Front> {
	const isFound = (await lookedUp(url.hostname)).length > 0;
	const [instead] = isFound ? [] : await addressesOf(base.hostname);
	const server = { origin: url.origin };
	const client = new HttpClient(
		instead === undefined ? server : { ...server, address: instead },
		signal,
	);
	return {
		url,
		prefix: "",
		received: "",
		client,
		places: [["by host name: ", "/doctor"]],
		of: "tools",
	};
}

/** Browsers give these names this host's own address, without a name server (RFC 6761 section 6.3). */
const LOCAL = /(?:^|\.)localhost$/;

/** The addresses that browsers find for a name, sorted; none if it does not resolve. */
export async function addressesOf(hostname: string): Promise<string[]> {
	const addresses = await lookedUp(hostname);
	return addresses.length === 0 && LOCAL.test(hostname)
		? ["127.0.0.1"]
		: addresses;
}

async function lookedUp(hostname: string): Promise<string[]> {
	const name = withoutBrackets(hostname);
	const found = await lookup(name, { all: true }).catch(() => []);
	return [...new Set(found.map(({ address }) => address))].sort();
}

/** Whether a host name or an address is this host's alone. */
export function isLoopback(hostname: string): boolean {
	const name = withoutBrackets(hostname);
	return LOCAL.test(name) || /^(?:127\.|::1$)/.test(name);
}
