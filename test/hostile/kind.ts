import type { BackendConnection } from "../support/container.js";
import type { Peer } from "./peer.js";

/** One kind of hostile or broken peer: a client, a container, or both together. */
export interface Kind {
	readonly name: string;
	/** The outcomes that its client may see, in the words of Peer. */
	readonly seen: readonly string[];
	/** The log lines that it may leave, as "status termination"; empty where it leaves none. */
	readonly logged: readonly string[];
	/** Lines that each peer leaves; by default one. */
	readonly lines?: number;
	/** The client's part; resolves with the outcome. */
	play(peer: Peer): Promise<string>;
	/** The container's part, after the head of a request for pathOf(kind). */
	readonly serve?: (container: BackendConnection) => unknown;
	/** It takes longer than the short run. */
	readonly long?: boolean;
	/** It moves megabytes: not all peers play at the same time. */
	readonly heavy?: boolean;
	/** It needs a new connection, which has carried no good request. */
	readonly fresh?: boolean;
	/** Its peers are so many that some are refused. */
	readonly flood?: boolean;
}

/** How a container's connection ends after its answer. */
export type Leave = "stays" | "closes" | "resets";

export const MISSING = "502, then 200";
export const SERVED = "200, then 200";
export const OK = "HTTP/1.1 200 OK\r\n";
export const CHUNKS = `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`;
export const EARLY_HINTS = "HTTP/1.1 103 Early Hints\r\n\r\n";

type Text = string | ((peer: Peer) => string | Uint8Array);

/** Clients that send these texts, by name, and wait for the same answer. */
export function senders(
	[seen, ...logged]: [seen: string, ...logged: string[]],
	texts: Record<string, Text>,
): Kind[] {
	return Object.entries(texts).map(([name, text]) => ({
		name,
		seen: [seen],
		logged,
		play: (peer) =>
			peer.send(typeof text === "string" ? text : text(peer)).answer(),
	}));
}

/** A container's answer to a request's head, and the outcome at its client. */
interface Says {
	readonly name: string;
	readonly says: string;
	/** By default it stays. */
	readonly leave?: Leave;
	readonly seen: string | readonly string[];
	readonly logged: string | readonly string[];
	/** The request's head; by default a GET. */
	readonly ask?: (peer: Peer, path: string) => string;
	/** The client sends nothing after it. */
	readonly last?: boolean;
}

/** A container with this answer, and a client that waits for the outcome. */
export function container(part: Says): Kind {
	const path = pathOf(part);
	const ask = part.ask ?? ((peer: Peer) => peer.ask(`GET ${path}`));
	return {
		name: part.name,
		seen: [part.seen].flat(),
		logged: [part.logged].flat(),
		play(peer) {
			const head = ask(peer, path);
			const { last = false } = part;
			return peer.send(head).answer({ head: head.startsWith("HEAD"), last });
		},
		serve: (container) => say(container, part.says, part.leave ?? "stays"),
	};
}

/** Containers with these answers, by name, and the same outcome. */
export function containers(
	common: Omit<Says, "name" | "says">,
	answers: Record<string, string>,
): Kind[] {
	return Object.entries(answers).map(([name, says]) =>
		container({ ...common, name, says }),
	);
}

export function say(
	container: BackendConnection,
	bytes: string | Uint8Array,
	leave: Leave = "stays",
): void {
	container.send(bytes);
	if (leave === "closes") container.end();
	// The bytes go out first: a reset would discard them.
	if (leave === "resets") setImmediate(() => container.reset());
}

/** The path at which the container plays its part of a kind. */
export function pathOf({ name }: { readonly name: string }): string {
	return `/${name.replaceAll(/[^a-z0-9]+/gi, "-")}`;
}
