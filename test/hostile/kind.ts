import type { BackendConnection } from "../support/backend.js";
import type { Peer } from "./peer.js";

/** One kind of hostile or broken peer: a client, a container, or both together. */
export interface Kind {
	readonly name: string;
	/** What its client may see, in the words of Peer. */
	readonly seen: readonly string[];
	/** What its line in the log may say, "status termination"; empty where it leaves none. */
	readonly logged: readonly string[];
	/** Lines that each leaves; one without it. */
	readonly lines?: number;
	/** The client's part; resolves with what it saw. */
	play(peer: Peer): Promise<string>;
	/** The container's part, once it has read the head of a request for pathOf(kind). */
	readonly serve?: (container: BackendConnection) => unknown;
	/** It stays longer than the short battery lasts. */
	readonly long?: boolean;
	/** It moves megabytes: not all come at one time. */
	readonly heavy?: boolean;
	/** It is about a new connection: none has carried a good request before. */
	readonly fresh?: boolean;
	/** It comes in so great a number that some find no place. */
	readonly flood?: boolean;
}

/** How a container's connection ends when it has said what it says. */
export type Leave = "stays" | "closes" | "resets";

/** A client that sends this, and waits for what comes. */
export function sends(
	name: string,
	text: string | ((peer: Peer) => string | Uint8Array),
	seen: string,
	...logged: string[]
): Kind {
	return {
		name,
		seen: [seen],
		logged,
		play: (peer) =>
			peer.send(typeof text === "string" ? text : text(peer)).answer(),
	};
}

/** What a container says to a request's head, and how its client sees that. */
export interface Says {
	readonly name: string;
	readonly says: string;
	/** Without it the connection stays. */
	readonly leave?: Leave;
	readonly seen: string | readonly string[];
	readonly logged: string | readonly string[];
	/** The request's head; a GET without it. */
	readonly ask?: (peer: Peer, path: string) => string;
	/** The client asks nothing after it. */
	readonly last?: boolean;
}

/** A container that says this, and a client that waits for what comes of it. */
export function container(part: Says): Kind {
	const path = pathOf(part);
	const ask = part.ask ?? ((peer: Peer) => peer.ask(`GET ${path}`));
	return {
		name: part.name,
		seen: [part.seen].flat(),
		logged: [part.logged].flat(),
		play(peer) {
			const head = ask(peer, path);
			return peer.send(head).answer({
				head: head.startsWith("HEAD"),
				last: part.last ?? false,
			});
		},
		serve: (container) => say(container, part.says, part.leave ?? "stays"),
	};
}

export function say(
	container: BackendConnection,
	bytes: string | Uint8Array,
	leave: Leave,
): void {
	container.send(bytes);
	if (leave === "closes") container.end();
	// What was written goes out first: behind a reset it would be lost.
	if (leave === "resets") setImmediate(() => container.reset());
}

/** Where the containers' part of a kind is asked for. */
export function pathOf({ name }: { readonly name: string }): string {
	return `/${name.replaceAll(/[^a-z0-9]+/gi, "-")}`;
}
