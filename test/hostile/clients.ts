import { once } from "node:events";
import type { BackendConnection } from "../support/container.js";
import { EARLY_HINTS, type Kind, pathOf, say, senders } from "./kind.js";
import type { Peer } from "./peer.js";

const HALF_A_HEAD = "GET /x HTTP/1.1\r\nHost: galaxy.exa";
/** Milliseconds between two bytes of a slow client. */
const DRIP_MS = 50;

/** Clients that stop. */
const SILENT: Kind[] = [
	{
		name: "says nothing",
		seen: ["closed"],
		logged: [],
		play: (peer) => peer.answer(),
	},
	{
		name: "head byte by byte",
		seen: ["408"],
		logged: ["408 cR"],
		play: (peer) => drip(peer),
	},
	...senders(["408", "408 cR"], {
		"half a head": HALF_A_HEAD,
		"body that never comes": swallowed("Content-Length: 5"),
		"half a body": swallowed("Content-Length: 500", "abc"),
		"half a chunk": swallowed("Transfer-Encoding: chunked", "5\r\nabc"),
		"100-continue and no body": swallowed(
			"Expect: 100-continue\r\nContent-Length: 5",
		),
	}),
	{
		name: "never reads",
		heavy: true,
		seen: ["gone"],
		logged: ["200 cD"],
		async play(peer) {
			peer.send(peer.ask(`GET ${pathOf(this)}`)).client.socket.pause();
			await peer.company.settled(peer.key);
			return peer.leave("RST");
		},
		serve: endlessBody,
	},
	{
		name: "stays after its refusal",
		seen: ["400, then reset"],
		logged: ["400 PR"],
		long: true,
		async play(peer) {
			peer.client.socket.allowHalfOpen = true;
			const status = await peer.send("\0").answer();
			const bytes = setInterval(() => peer.send("more"), DRIP_MS);
			await new Promise((resolve) => peer.client.socket.once("close", resolve));
			clearInterval(bytes);
			return `${status}, then reset`;
		},
	},
	{
		name: "sends ahead without end",
		heavy: true,
		seen: ["504, then 414"],
		logged: ["504 sH", "414 PR"],
		lines: 2,
		play(peer) {
			const more = "x".repeat(2 * 1024 * 1024);
			return peer.send(peer.ask("GET /swallow") + more).answer();
		},
	},
];

/** Clients that leave, with a FIN or with an RST. */
const GONE: Kind[] = (["FIN", "RST"] as const).flatMap((how) => [
	...["before a byte", "in its head"].map((when) => ({
		name: `${how} ${when}`,
		seen: ["gone"],
		logged: [],
		play: async (peer: Peer) =>
			peer.send(when === "in its head" ? HALF_A_HEAD : "").leave(how),
	})),
	leaves(how, "in its body", "Content-Length: 50", "0 CR"),
	leaves(how, "before the answer", "X: y", "0 CH"),
	{
		name: `${how} in the answer`,
		heavy: true,
		seen: ["gone"],
		logged: ["200 CD"],
		async play(peer: Peer) {
			const { client } = peer.send(peer.ask(`GET ${pathOf(this)}`));
			await client.until("xxx");
			return peer.leave(how);
		},
		serve: endlessBody,
	},
]);

export const CLIENTS: Kind[] = [...SILENT, ...GONE];

async function drip(peer: Peer): Promise<string> {
	let sent = 0;
	const bytes = setInterval(
		() => peer.send(HALF_A_HEAD[sent++ % HALF_A_HEAD.length] as string),
		DRIP_MS,
	);
	return await peer.answer().finally(() => clearInterval(bytes));
}

function swallowed(field: string, body = ""): (peer: Peer) => string {
	return (peer) => peer.ask("POST /swallow", field) + body;
}

/** Leaves when the container has its request. */
function leaves(
	how: "FIN" | "RST",
	when: string,
	field: string,
	logged: string,
): Kind {
	return {
		name: `${how} ${when}`,
		seen: ["gone"],
		logged: [logged],
		async play(peer) {
			await peer
				.send(peer.ask(`POST ${pathOf(this)}`, field))
				.client.until("Early Hints");
			return peer.leave(how);
		},
		serve: (container) => say(container, EARLY_HINTS),
	};
}

/** As fast as the reader reads, until the connection ends. */
async function endlessBody(container: BackendConnection): Promise<void> {
	container.send("HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n");
	await flood(container);
}

/** Sends as fast as the reader reads, until the connection ends. */
export async function flood({ socket }: BackendConnection): Promise<void> {
	const piece = Buffer.alloc(64 * 1024, "x");
	const gone = new AbortController();
	socket.once("close", () => gone.abort());
	while (!socket.destroyed)
		if (!socket.write(piece))
			await once(socket, "drain", gone).catch(() => undefined);
}
