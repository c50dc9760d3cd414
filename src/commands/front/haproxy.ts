import type { FrontSettings } from "./front-settings.js";
import * as quote from "./quote.js";
import { haproxyServer } from "./servers.js";
import { filled } from "./template.js";

/** Several daemons with checks, for environments or for tools. */
export function haproxy(front: FrontSettings): string {
	const { isForTools, toolsPath, prefix, galaxyAddress } = front;
	const servers = front.servers.map(haproxyServer);
	const lines = (mark: string) =>
		servers.map(
			({ at, check }, index) =>
				`    server proxy${index + 1} ${at} ${check}${mark}`,
		);
	const word = quote.haproxyWord;
	return filled("haproxy.cfg", {
		...front,
		count: servers.length === 1 ? "one daemon" : `${servers.length} daemons`,
		chroot: [galaxyAddress, ...servers.map(({ at }) => at)].some((at) =>
			/unix[@:]/.test(at),
		)
			? ""
			: "yes",
		prefix: isForTools ? "" : word(prefix),
		prefixSlash: word(`${prefix}/`),
		toolsPath: isForTools ? word(`${toolsPath}/`) : "",
		toolsDomain: word(front.toolsDomain.toLowerCase()),
		stickiness: stickiness(front)
			.map((line) => `    ${line}`)
			.join("\n"),
		others: Math.max(1, servers.length - 1),
		galaxyServer: word(
			galaxyAddress
				.replace(/^localhost:/, "127.0.0.1:")
				.replace(/^unix:/, "unix@"),
		),
		servers: lines("").join("\n"),
		backups: lines(" backup").join("\n"),
	});
}

/** Both of HAProxy's backends number their servers alike, so that a session has the same daemon in both. */
function stickiness({ isForTools, toolsPath, cookie }: FrontSettings) {
	const nothing = "Nothing breaks if they do not.";
	const hash = "hash-type consistent";
	if (!isForTools) {
		// HAProxy takes other characters of a cookie's name for its quotes and commas.
		if (!/^[\w.-]+$/.test(cookie)) return ["balance leastconn"];
		return [
			`# A user's requests go to the same daemon. ${nothing}`,
			`balance hash req.cook(${cookie})`,
			hash,
		];
	}
	// Before the key are the empty field in front of the first slash, and the path's segments.
	const field = toolsPath.split("/").length + 1;
	const path = quote.haproxyWord(`${toolsPath}/`);
	return [
		`# A tool's requests go to the same daemon. ${nothing}`,
		"http-request set-var(txn.tool) req.hdr(host),lower",
		`http-request set-var(txn.tool) path,field(${field},/) if { path_beg ${path} }`,
		"balance hash var(txn.tool)",
		hash,
	];
}
