import type { FrontSettings } from "./front-settings.js";
import * as quote from "./quote.js";
import { below, decoded, filled } from "./template.js";

/** The block of Galaxy's documentation (Galaxy Interactive Environments, "Nginx") without its gaps. */
export function nginx(front: FrontSettings): string {
	const { galaxyPath: path, plugins } = front;
	const folder = quote.nginxPath(plugins).replace(/"$/, "");
	const end = folder.startsWith('"') ? '"' : "";
	const rule = `^${below(path)}/plugins/(?<plug_type>[^/]+)/(?<vis_name>[^/]+)/static/(?<static_file>.*)$`;
	return filled("nginx.conf", {
		...front,
		proxies: front.servers.map(({ at }) => at).join(", "),
		servers: nginxServers(front),
		several: front.servers.length > 1 ? "yes" : "",
		// nginx has no variable for a cookie whose name has other characters.
		cookie:
			front.servers.length > 1 && /^\w+$/.test(front.cookie)
				? front.cookie
				: "",
		prefix: quote.nginxWord(decoded(front.prefix)),
		plugins:
			plugins && `${folder}/$plug_type/$vis_name/static/$static_file${end}`,
		// Quotes are needed if a brace, a blank or a semicolon would end the word, or nginx would read a backslash as an escape.
		pluginRule: /[{};\s"']|\\\\/.test(rule) ? quote.nginxWord(rule) : rule,
		galaxyLocation: quote.nginxWord(decoded(path)),
	});
}

function nginxServers({ servers }: FrontSettings): string {
	// With nginx's default of 10 s, the next daemon could already have been restarted while this one is still left out.
	const patience = servers.length > 1 ? " fail_timeout=2s" : "";
	return servers
		.map(({ at }) => `    server ${quote.nginxWord(at)}${patience};`)
		.join("\n");
}

export function nginxForTools(front: FrontSettings): string {
	const { toolsPath, toolsDomain, servers } = front;
	const rule = `~^${quote.literally(toolsPath)}/+(?<key>[^/?]+)`;
	return filled("nginx-tools.conf", {
		...front,
		servers: nginxServers(front),
		keyRule: servers.length > 1 ? quote.nginxWord(rule) : "",
		toolsLocation: quote.nginxWord(`${decoded(toolsPath)}/`),
		toolsHosts: quote.nginxWord(`*${toolsDomain}`),
		galaxyLocation: quote.nginxWord(decoded(front.galaxyPath)),
	});
}
