import type { FrontSettings } from "./front-settings.js";
import * as quote from "./quote.js";
import { decoded, filled } from "./template.js";

/** For tools, whose domain has its own block, or for environments. */
export function caddy(front: FrontSettings): string {
	const { isForTools, toolsPath, prefix, galaxyPath } = front;
	const proxy = front.servers.map(({ at }) => at).join();
	const path = (text: string) => quote.caddyPath(decoded(text));
	return filled("caddy.conf", {
		...front,
		galaxyUpstream: front.galaxyAddress.replace(/^unix:/, "unix/"),
		proxy,
		upstream: quote.caddyWord(proxy.replace(/^unix:/, "unix/")),
		toolsHosts: isForTools ? `*.ep${front.toolsDomain}` : "",
		toolsBelow: path(`${toolsPath}/`),
		environments: isForTools
			? ""
			: `${quote.caddyWord(decoded(prefix))} ${path(`${prefix}/`)}`,
		redirect: quote.caddyWord(`^http://([^/]+${quote.literally(prefix)}(/|$))`),
		galaxyBelow: galaxyPath === "/" ? "" : `${path(galaxyPath)} `,
	});
}
