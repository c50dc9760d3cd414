import { isLoopbackName } from "../../../config/flag-values.js";
import { doubtful, type Found, good, wrong } from "../finding.js";
import { withoutBrackets } from "../http-client.js";
import { serviceOf } from "./service.js";
import { type Setup, withoutLogin } from "./setup.js";

/** Without this Galaxy hides all interactive tools, and gravity does not start. */
export function enabled({ galaxy, isOn, text }: Setup): Found {
	const key = "interactivetools_enable";
	if (isOn(key, false)) return good`${key} is true in ${galaxy.file}`;
	const state = text(key) === undefined ? "missing" : text(key);
	return wrong`${key} is ${state} in ${galaxy.file}: Galaxy offers no interactive tools, and gravity refuses to start gx_it_proxy
		-> Set ${key}: true in the section galaxy of ${galaxy.file}, then restart Galaxy.`;
}

/** The addresses that Galaxy gives to users, and the ones at which tools reach Galaxy. */
export function* urls(setup: Setup): Iterable<Found> {
	const { galaxy, isOn, text } = setup;
	const found = [...upstreamProxy(setup), ...infrastructure(setup)];
	yield* found;
	if (found.length === 0 && isOn("interactivetools_upstream_proxy", true))
		yield good`links to tools have Galaxy's own host name, and tools reach Galaxy at ${withoutLogin(text("galaxy_infrastructure_url") ?? "")} (${galaxy.file})`;
}

/** Whether links to tools have the host of interactivetools_proxy_host; otherwise they have the one of the request. */
export function hasHostForTools({ isOn, text }: Setup): boolean {
	const isBehindGalaxys = isOn("interactivetools_upstream_proxy", true);
	return !isBehindGalaxys && Boolean(text("interactivetools_proxy_host"));
}

/** A separate domain for tools, behind the front proxy, has the same setting as an address past the front proxy. */
function* upstreamProxy({ galaxy, isOn, text }: Setup): Iterable<Found> {
	const host = text("interactivetools_proxy_host") || undefined;
	const isUsed = !isOn("interactivetools_upstream_proxy", true);
	const key = `interactivetools_upstream_proxy is false in ${galaxy.file}`;
	const [, name = "", port] = /^(.*?)(?::(\d+))?$/.exec(host ?? "") ?? [];
	const isPast = isLoopbackName(name) || (port && !/^(80|443)$/.test(port));
	const shown = withoutLogin(host ?? "");
	if (isUsed && host?.includes("/"))
		yield wrong`interactivetools_proxy_host is ${shown} in ${galaxy.file}: Galaxy puts it behind a tool's own label, and such a link leads nowhere
			-> Write the host name alone, without https:// and without a path.`;
	else if (host !== undefined && !isUsed && host !== galaxysHost(text))
		yield doubtful`interactivetools_proxy_host (${shown}) in ${galaxy.file} has no effect, because interactivetools_upstream_proxy is true, its default: links to tools have Galaxy's own host name
			-> If tools have a domain of their own, set interactivetools_upstream_proxy: false. Otherwise remove the line.`;
	else if (host === undefined && isUsed)
		yield doubtful`${key}, without interactivetools_proxy_host: it has no effect -> Remove the line.`;
	else if (isUsed && isPast)
		yield doubtful`${key}: links to tools lead to ${shown}, past the front proxy and its TLS
			-> Remove the line, or set it to true. If tools have a domain of their own, interactivetools_proxy_host must be its name at the front proxy.`;
	else if (isUsed)
		yield good`links to tools lead to ${shown} (interactivetools_proxy_host)`;
}

function galaxysHost(text: Setup["text"]): string | undefined {
	const url = text("galaxy_infrastructure_url") ?? "";
	return URL.canParse(url) ? new URL(url).host : undefined;
}

function* infrastructure({ galaxy, text }: Setup): Iterable<Found> {
	const key = "galaxy_infrastructure_url";
	const url = text(key) || undefined;
	const effect =
		"a tool that asks Galaxy for data (get and put of Jupyter, gx_get of RStudio) asks its own container, and the ports of a callback never arrive";
	const cure = `Set ${key} to the address at which users open Galaxy, as containers reach it too, for example ${key}: https://galaxy.example.org`;
	if (url === undefined)
		yield doubtful`${key} is missing in ${galaxy.file}, so it is http://localhost:8080: ${effect} -> ${cure}`;
	else if (!/^https?:\/\/./i.test(url))
		yield wrong`${key} is ${withoutLogin(url)} in ${galaxy.file}, which is not a URL: a tool that asks Galaxy for data does not reach it
			-> Write it with its scheme, for example ${key}: https://galaxy.example.org`;
	else if (isLocal(url))
		yield doubtful`${key} is ${withoutLogin(url)} in ${galaxy.file}: ${effect} -> ${cure}`;
}

function isLocal(url: string): boolean {
	if (!URL.canParse(url)) return false;
	const { hostname } = new URL(url);
	return isLoopbackName(withoutBrackets(hostname)) || hostname === "0.0.0.0";
}

/** Is the path of tools the same for Galaxy, gravity, and the running proxy? */
export async function* prefixes(setup: Setup): AsyncIterable<Found> {
	const { galaxy, host, text } = setup;
	const { config } = host;
	const service = serviceOf(setup);
	const keys = `interactivetools_base_path and interactivetools_prefix in ${galaxy.file}`;
	const path = service.prefix;
	const daemon = await host.daemon();
	const running = daemon?.proxyPathPrefix;
	const found: Found[] = [];
	if (config.proxyPathPrefix !== path)
		found.push(wrong`Galaxy's paths of tools begin with ${path} (${keys}), but --proxyPathPrefix is ${config.proxyPathPrefix || "not set"}
			-> Give --proxyPathPrefix ${path}, or leave the flag out where --config is given.`);
	if (running !== undefined && running.replace(/\/+$/, "") !== path)
		found.push(wrong`Galaxy's paths of tools begin with ${path} (${keys}), but process ${daemon?.pid} was started with --proxyPathPrefix ${running}
			-> Restart it: under gravity galaxyctl update && galaxyctl restart gx-it-proxy, else with --proxyPathPrefix ${path}.`);
	if (daemon !== undefined && running === undefined && isWithoutFile(daemon))
		found.push(wrong`Galaxy's paths of tools begin with ${path} (${keys}), but process ${daemon.pid} was started without --proxyPathPrefix: tools by path are not found
			-> Start it with --proxyPathPrefix ${path}, or with --config ${galaxy.file}.`);
	const base = text("interactivetools_base_path") ?? "/";
	const url = (text("galaxy_url_prefix") ?? "/").replace(/\/+$/, "") || "/";
	if (url !== "/" && `/${base.replace(/^\/+|\/+$/g, "")}` !== url)
		found.push(doubtful`Galaxy is below ${url} (galaxy_url_prefix), but its tools by path are below ${path}, outside of it
			-> Set interactivetools_base_path: ${url} in ${galaxy.file}, or let the front proxy lead ${path} to this proxy as well.`);
	yield* found;
	if (found.length === 0)
		yield good`paths of tools begin with ${path} (${keys})`;
}

/** A daemon that reads Galaxy's file finds the path there. */
function isWithoutFile(daemon: {
	readonly command: readonly string[];
	readonly sessions: string | undefined;
}): boolean {
	const hasFile = daemon.command.some((word) => /^--config(=|$)/.test(word));
	return daemon.sessions !== undefined && !hasFile;
}

/** Does the running proxy listen where gravity starts it? */
export async function address(setup: Setup): Promise<Found | undefined> {
	const { host, gravityFile } = setup;
	const service = serviceOf(setup);
	if (!service.isEnabled) return undefined;
	const { port, ip } = host.config;
	const isSame = String(port) === service.port && ip === service.ip;
	if (isSame) return good`gravity starts the proxy on ${ip}:${port}`;
	return wrong`gravity starts the proxy on ${service.ip}:${service.port} (gx_it_proxy in ${gravityFile}), but --ip and --port say ${ip}:${port}
		-> Leave --ip and --port out where --config is given, or set gx_it_proxy.ip and gx_it_proxy.port to the same; the front proxy must name this port too.`;
}
