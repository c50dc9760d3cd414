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
		others: otherUpstreams(front, "gie_proxy_other"),
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

/** For each daemon, the others in front of it. nginx takes the first for a daemon that it knows by another address. */
function otherUpstreams({ servers }: FrontSettings, name: string): string {
	if (servers.length === 1) return "";
	const rules = servers.map(({ at }, index) => {
		const rule = quote.nginxWord(`~${quote.literally(at)}$`);
		return `    ${rule} ${name}${index + 1};\n`;
	});
	const upstreams = servers.map((one, index) => {
		const others = servers
			.filter((other) => other !== one)
			.map(({ at }) => `    server ${quote.nginxWord(at)} max_fails=0;\n`);
		const last = `    server ${quote.nginxWord(one.at)} max_fails=0 backup;\n`;
		return `\nupstream ${name}${index + 1} {\n${others.join("")}${last}}`;
	});
	const map = `map $upstream_addr $${name} {\n    default ${name}1;\n${rules.join("")}}`;
	return [map, ...upstreams].join("\n");
}

export function nginxForTools(front: FrontSettings): string {
	const { toolsPath, toolsDomain, servers } = front;
	const rule = `~^${quote.literally(toolsPath)}/+(?<key>[^/?]+)`;
	return filled("nginx-tools.conf", {
		...front,
		servers: nginxServers(front),
		others: otherUpstreams(front, "galaxy_tools_other"),
		keyRule: servers.length > 1 ? quote.nginxWord(rule) : "",
		toolsLocation: quote.nginxWord(`${decoded(toolsPath)}/`),
		toolsHosts: quote.nginxWord(`*${toolsDomain}`),
		galaxyLocation: quote.nginxWord(decoded(front.galaxyPath)),
	});
}
