import type { FrontSettings } from "./front-settings.js";
import * as quote from "./quote.js";
import { below, decoded, filled } from "./template.js";

/** The block of Galaxy's documentation (Galaxy Interactive Environments, "Apache") without its gaps. */
export function apache(front: FrontSettings): string {
	const { galaxyPath: path, plugins } = front;
	return filled("apache.conf", {
		...front,
		...addresses(front),
		proxyUrl: proxyUrl(front, front.prefix),
		prefix: quote.apacheWord(decoded(front.prefix)),
		redirect: quote.apacheWord(
			`^http://([^/]+${quote.literally(front.prefix)}(/|$))`,
		),
		plugins: plugins && quote.apacheWord(plugins),
		pluginRule: quote.apacheWord(
			`^${below(path)}/plugins/([^/]+)/([^/]+)/static/(.*)$`,
		),
		pluginFile: quote.apacheWord(`${plugins}/$1/$2/static/$3`),
	});
}

/** A virtual host for Galaxy and tools by path, and one for tools by domain. */
export function apacheForTools(front: FrontSettings): string {
	const { toolsPath, toolsDomain } = front;
	return filled("apache-tools.conf", {
		...front,
		...addresses(front),
		proxyUrl: proxyUrl(front, "/"),
		toolsLocation: quote.apachePath(`${toolsPath}/`),
		toolsUrl: proxyUrl(front, `${toolsPath}/`),
		toolsHost: toolsDomain.slice(1),
		toolsHosts: `*${toolsDomain}`,
	});
}

function addresses({ servers, galaxyPath, galaxyAddress }: FrontSettings) {
	return {
		proxy: servers.map(({ at }) => at).join(),
		galaxyLocation: quote.apacheWord(decoded(galaxyPath)),
		galaxyUrl: urlOf(galaxyAddress, galaxyPath),
	};
}

/** Where ProxyPass sends requests. */
function proxyUrl({ servers }: FrontSettings, path: string): string {
	return urlOf(servers.map(({ at }) => at).join(), path);
}

function urlOf(address: string, path: string): string {
	const authority = address.startsWith("unix:")
		? `${address}|http://localhost`
		: `http://${address}`;
	return quote.apacheWord(`${authority}${path}`);
}
