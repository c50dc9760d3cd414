import { headerLine, hiddenBy, type ProxyBlock } from "./blocks.js";
import type { Fault, Known, Rule } from "./rule.js";
import { HOST_LINE, unusualPort } from "./rules.js";
import type { Directive } from "./syntax.js";

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

/** Galaxy takes X-Forwarded-Host before Host. */
function host(block: ProxyBlock, known: Known): Fault | undefined {
	if (known.isHostFixed) return undefined;
	const [name, line] =
		lineOf(block, "X-Forwarded-Host") ?? lineOf(block, "Host") ?? [];
	const value = line?.args[1];
	if (name === undefined || value === undefined) {
		// nginx's $proxy_host, which is localhost for a socket.
		const [, authority = "localhost"] =
			/^https?:\/\/(?!unix:)([^/]+)/.exec(block.pass.args[0] ?? "") ?? [];
		return {
			verdict: "wrong",
			what: `Host is not passed on to Galaxy, so the links to tools lead to ${authority}${hiddenBy(block, "host") || hiddenBy(block, "x-forwarded-host")}`,
			remedy: HOST_LINE,
			at: headerLine(block, "host"),
		};
	}
	const port = value === "$host" ? unusualPort(block, known.url) : "";
	if (port === "") return undefined;
	return {
		verdict: "wrong",
		what: `$host cuts the port ${port} off the ${name} that Galaxy gets, so links to tools lack it`,
		remedy: HOST_LINE.replace("Host", name),
		at: line,
	};
}

/** A field and its line, unless nginx leaves the field out because its value is empty. */
function lineOf(
	block: ProxyBlock,
	name: string,
): [string, Directive] | undefined {
	const line = headerLine(block, name.toLowerCase());
	return line?.args[1] ? [name, line] : undefined;
}

/** Galaxy takes X-URL-SCHEME before X-Forwarded-Proto. */
function scheme(block: ProxyBlock, { url }: Known): Fault | undefined {
	// Where TLS ends before nginx, nginx passes on the field that it gets.
	const isTls = block.levels[1]?.some(
		({ name, args }) => name === "listen" && args.includes("ssl"),
	);
	const isPassed =
		lineOf(block, "X-URL-SCHEME") ?? lineOf(block, "X-Forwarded-Proto");
	if (url?.protocol !== "https:" || !isTls || isPassed) return undefined;
	return {
		verdict: "doubtful",
		what: `no X-Forwarded-Proto for Galaxy: links to tools by host name begin with http${hiddenBy(block, "x-forwarded-proto") || hiddenBy(block, "x-url-scheme")}`,
		remedy: "proxy_set_header X-Forwarded-Proto $scheme;",
	};
}
