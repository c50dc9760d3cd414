import { headerLine, hiddenBy, type ProxyBlock } from "./blocks.js";
import type { Fault, Known, Rule } from "./rule.js";
import { HOST_LINE, unusualPort } from "./rules.js";

/** Rules for the blocks that lead to Galaxy, which makes the links to tools from Host and scheme of the request. */
export const GALAXY_RULES: readonly Rule[] = [host, scheme];

/** Whether Galaxy's pages come by this block: its location is "/", Galaxy's path or a named one. */
export function isOfPages(
	{ location }: ProxyBlock,
	{ config }: Known,
): boolean {
	const [, base = ""] = /^(.*)\/[^/]+\/ep$/.exec(config.proxyPathPrefix) ?? [];
	const path = (location.args.at(-1) ?? "").replace(/\/$/, "");
	return path === "" || path === base || path.startsWith("@");
}

function host(block: ProxyBlock, { url }: Known): Fault | undefined {
	const line = headerLine(block, "host");
	const value = line?.args[1];
	const fault = { verdict: "wrong", remedy: HOST_LINE, at: line } as const;
	if (value === undefined) {
		// nginx's $proxy_host, which is localhost for a socket.
		const [, authority = "localhost"] =
			/^https?:\/\/(?!unix:)([^/]+)/.exec(block.pass.args[0] ?? "") ?? [];
		return {
			...fault,
			what: `Host is not passed on to Galaxy, so the links to tools lead to ${authority}${hiddenBy(block, "host")}`,
		};
	}
	const port = value === "$host" ? unusualPort(block, url) : "";
	if (port === "") return undefined;
	return {
		...fault,
		what: `$host cuts the port ${port} off the Host that Galaxy gets, so links to tools lack it`,
	};
}

function scheme(block: ProxyBlock, { url }: Known): Fault | undefined {
	// Where TLS ends before nginx, nginx passes on the field that it gets.
	const isTls = block.levels[1]?.some(
		({ name, args }) => name === "listen" && args.includes("ssl"),
	);
	const isPassed = headerLine(block, "x-forwarded-proto") !== undefined;
	if (url?.protocol !== "https:" || !isTls || isPassed) return undefined;
	return {
		verdict: "doubtful",
		what: `no X-Forwarded-Proto for Galaxy: links to tools by host name begin with http${hiddenBy(block, "x-forwarded-proto")}`,
		remedy: "proxy_set_header X-Forwarded-Proto $scheme;",
	};
}
