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

/** The backends list the daemons in the same order, so that a session gets the same daemon from each. */
function stickiness({ isForTools, toolsPath, cookie }: FrontSettings) {
	const nothing = "Nothing breaks if they do not.";
	const hash = "hash-type consistent";
	if (!isForTools) {
		// HAProxy would read other characters in a cookie's name as its own quotes and commas.
		if (!/^[\w.-]+$/.test(cookie)) return ["balance leastconn"];
		return [
			`# A user's requests go to the same daemon. ${nothing}`,
			`balance hash req.cook(${cookie})`,
			hash,
		];
	}
	// The key comes after the empty field before the first slash and after the prefix's segments.
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
