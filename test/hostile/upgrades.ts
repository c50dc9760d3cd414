import { once } from "node:events";
import type { BackendConnection } from "../support/container.js";
import { flood } from "./clients.js";
import {
	container,
	containers,
	EARLY_HINTS,
	type Kind,
	pathOf,
	say,
} from "./kind.js";
import type { Peer } from "./peer.js";

const SWITCHES =
	"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const NO = "HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno";

/** Milliseconds during which a container does not read. */
const LATE_MS = 500;

const ask = (peer: Peer, path: string) => peer.askUpgrade(path);

/** Upgrades that do not become a tunnel. */
const REFUSED: Kind[] = [
	...containers(
		{ ask, seen: "504", logged: "504 sH" },
		{
			"upgrade never answered": "",
			"upgrade answered by half a head": SWITCHES.slice(0, 50),
		},
	),
	...containers(
		{ ask, seen: "502", logged: "502 PH" },
		{
			"upgrade to another protocol": SWITCHES.replace("websocket", "h2c"),
			"upgrade answered by garbage": "\0\x01\x02",
		},
	),
	...containers(
		{ ask, seen: "403", logged: "403 --" },
		{ "upgrade refused": NO },
	),
	...(["closes", "resets"] as const).map((leave) => {
		const name = `upgrade that the container ${leave}`;
		const seen = { seen: "502", logged: "502 SH" };
		return container({ ...seen, name, ask, leave, says: "" });
	}),
	...(["FIN", "RST"] as const).map(
		(how): Kind => ({
			name: `upgrade left by ${how}`,
			seen: ["gone"],
			logged: ["0 CH"],
			async play(peer) {
				await peer
					.send(peer.askUpgrade(pathOf(this)))
					.client.until("Early Hints");
				return peer.leave(how);
			},
			serve: (container) => say(container, EARLY_HINTS),
		}),
	),
];

/** Tunnels that end badly. */
const TUNNELS: Kind[] = [
	tunnel("tunnel that the container closes", "101 CT", {
		serve: (container) => say(container, SWITCHES, "closes"),
		play: async (peer) => peer.ending(),
		seen: "closed",
		others: ["101 --"],
	}),
	tunnel("tunnel that the container resets", "101 ST", {
		serve: (container) => say(container, SWITCHES, "resets"),
		play: async (peer) => peer.ending(),
		seen: "closed",
	}),
	tunnel("tunnel that the client leaves by FIN", "101 --", {
		play: async (peer) => peer.leave("FIN"),
	}),
	tunnel("tunnel that the client leaves by RST", "101 CT", {
		play: async (peer) => peer.leave("RST"),
	}),
	tunnel("tunnel whose client never reads", "101 CT", {
		heavy: true,
		serve: (container) => flood(container.send(SWITCHES)),
		async play(peer) {
			peer.client.socket.pause();
			await peer.company.meet();
			return peer.leave("RST");
		},
	}),
	tunnel("tunnel whose container reads late", "101 CT", {
		heavy: true,
		serve({ socket }) {
			socket.write(SWITCHES);
			socket.pause();
			setTimeout(() => socket.resume(), LATE_MS);
			return once(socket, "close");
		},
		// libuv reports a reset that comes together with data as an end.
		others: ["101 --"],
		async play(peer) {
			peer.send(Buffer.alloc(6 * 1024 * 1024));
			await peer.company.meet();
			return peer.leave("RST");
		},
	}),
	tunnel("tunnel whose client never ends", "101 cT", {
		serve: (container) => say(container, SWITCHES, "closes"),
		async play(peer) {
			await peer.company.settled(peer.key);
			return peer.leave("RST");
		},
		halfOpen: true,
	}),
];

/** They stay until all have connected: those over the limit are refused. */
const FLOODS: Kind[] = [
	{
		name: "connections up to the limit",
		// Of many refusals at the same time most get no answer.
		seen: ["101", "503", "closed", "reset"],
		logged: ["101 CT", "503 PR"],
		fresh: true,
		flood: true,
		async play(peer) {
			const seen = await peer.send(peer.askUpgrade(pathOf(this))).answer();
			await peer.company.meet();
			peer.leave("RST");
			return seen;
		},
		serve: (container) => container.send(SWITCHES),
	},
];

export const UPGRADES: Kind[] = [...REFUSED, ...TUNNELS, ...FLOODS];

interface Tunnel {
	/** From the 101 on. */
	play(peer: Peer): Promise<string>;
	serve?: (container: BackendConnection) => unknown;
	seen?: string;
	others?: string[];
	/** The client does not answer a FIN, and so takes half a minute. */
	halfOpen?: boolean;
	heavy?: boolean;
}

function tunnel(name: string, logged: string, part: Tunnel): Kind {
	return {
		name,
		seen: [part.seen ?? "gone"],
		logged: [logged, ...(part.others ?? [])],
		long: part.halfOpen ?? false,
		heavy: part.heavy ?? false,
		async play(peer) {
			peer.client.socket.allowHalfOpen = part.halfOpen ?? false;
			const status = await peer
				.send(peer.askUpgrade(pathOf({ name })))
				.answer();
			return status === "101" ? await part.play(peer) : status;
		},
		serve: part.serve ?? ((container) => echo(container.send(SWITCHES))),
	};
}

async function echo({ socket }: BackendConnection): Promise<void> {
	socket.pipe(socket);
	await once(socket, "close");
}
