import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { endianness } from "node:os";
import { after, type Timed } from "./socket.js";
import { canonical } from "./target-address.js";

/** A connection whose peer has not taken all bytes that were written to it. */
export interface Blocked extends Timed {
	/** The peer has taken nothing for the time limit. */
	onStalled(): void;
}

interface Look {
	readonly owner: Blocked;
	readonly socket: Socket;
	/** The owner's deadline while it waits for this look. Another one: it drained, or another state began. */
	readonly deadline: number;
}

/** The result of a socket's last look. */
interface Seen {
	readonly at: number;
	readonly bytesWritten: number;
	/** Bytes that the kernel has and the peer has not taken. */
	readonly untaken: number;
	/** `untaken`, and the bytes that the kernel does not have yet. */
	readonly pending: number;
	/** Milliseconds without progress before this look. */
	readonly idleMs: number;
}

/** Looks within one time limit: a peer is cut off late by at most the time from one look to the next. */
const LOOKS = 20;
/** The kernel's tables of connections are read at most this often: with many connections that takes milliseconds. */
const LOOK_MS = 1_000;
/** A look is asked for again if its result does not come. */
const LOST_MS = 30_000;
/** Below /proc/self, because a service that may not see other processes has no /proc/net. */
const TABLES = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];

/**
 * Whether peers take bytes. A full socket does not show it: Node reports a write when the kernel has taken all of it, and
 * the kernel takes more when a third of its buffer, which may hold megabytes, is free. So the bytes that the peer of a full
 * socket has not taken are counted several times within the time limit, in the kernel's tables and in libuv's queue. Unix
 * sockets and other systems than Linux show only the latter, which falls with each partial write.
 */
export class Progress {
	readonly #timeoutMs: number;
	readonly #seen = new WeakMap<Socket, Seen>();
	#waiting: Look[] = [];
	#lookedAt = Number.NEGATIVE_INFINITY;

	/** @param timeoutMs the time limit; 0: none */
	constructor(timeoutMs: number) {
		this.#timeoutMs = timeoutMs;
	}

	/** The deadline for the owner of a socket that has just become full; when it expires, the owner calls check(). */
	firstLook(): number {
		return after(this.#timeoutMs / LOOKS);
	}

	/** Looks at a socket that is still full. Then calls onStalled(), or sets the deadline for the next check(). */
	check(owner: Blocked, socket: Socket): void {
		const now = performance.now();
		const deadline = now + LOST_MS;
		owner.deadline = deadline;
		this.#waiting.push({ owner, socket, deadline });
		if (this.#waiting.length > 1) return;
		const waitMs = Math.max(0, Math.ceil(this.#lookedAt + LOOK_MS - now));
		setTimeout(() => void this.#look(), waitMs).unref();
	}

	async #look(): Promise<void> {
		const looks = this.#waiting;
		this.#waiting = [];
		const at = performance.now();
		this.#lookedAt = at;
		const untaken = await readUntaken(looks).catch(
			() => new Map<Socket, number>(),
		);
		for (const { owner, socket, deadline } of looks) {
			if (owner.deadline !== deadline) continue;
			try {
				this.#judge(owner, socket, untaken.get(socket), at);
			} catch (error) {
				owner.onDefect(error);
			}
		}
	}

	#judge(
		owner: Blocked,
		socket: Socket,
		found: number | undefined,
		at: number,
	): void {
		const last = this.#seen.get(socket);
		const stepMs = this.#timeoutMs / LOOKS;
		// A table that changes while it is read may lack an entry.
		const untaken = found ?? last?.untaken ?? 0;
		const pending = untaken + queuedBytes(socket);
		const { bytesWritten } = socket;
		// More is written only after the socket has drained.
		const isSame = last?.bytesWritten === bytesWritten;
		const hasProgressed = !isSame || pending < last.pending;
		// Time in which the process was stopped does not count.
		const idleMs = hasProgressed
			? 0
			: last.idleMs + Math.min(at - last.at, stepMs + 2 * LOOK_MS);
		this.#seen.set(socket, {
			at,
			bytesWritten,
			untaken,
			pending,
			idleMs,
		});
		const leftMs = this.#timeoutMs - idleMs;
		if (leftMs <= 0) owner.onStalled();
		else owner.deadline = at + Math.min(leftMs, stepMs);
	}
}

/** Undocumented; Node uses it for its own socket timeouts. */
function queuedBytes(socket: Socket): number {
	const { _handle } = socket as unknown as {
		_handle?: { readonly writeQueueSize?: number } | null;
	};
	return _handle?.writeQueueSize ?? 0;
}

/**
 * The bytes that TCP peers have not taken, by their entries in the kernel's tables (proc_pid_net(5)): bytes that were not
 * acknowledged, and bytes that the peer has not read, if its side of the connection is in our network namespace too.
 */
async function readUntaken(
	looks: readonly Look[],
): Promise<Map<Socket, number>> {
	const wanted = new Map<string, Entry[]>();
	const spelling = remembered(canonical);
	for (const { socket } of looks) {
		const { localAddress, localPort, remoteAddress, remotePort } = socket;
		if (!localAddress || !localPort || !remoteAddress || !remotePort) continue;
		const own = { address: spelling(localAddress), port: hexOf(localPort) };
		const peer = { address: spelling(remoteAddress), port: hexOf(remotePort) };
		want(wanted, { socket, local: own, remote: peer, column: TX_QUEUE });
		want(wanted, { socket, local: peer, remote: own, column: RX_QUEUE });
	}
	const found = new Map<Socket, number>();
	if (wanted.size === 0) return found;
	const texts = await Promise.all(
		TABLES.map((table) => readFile(table, "latin1").catch(() => "")),
	);
	for (const [index, text] of texts.entries())
		addFound(text, index === 0 ? 8 : 32, wanted, found);
	return found;
}

interface Side {
	readonly address: string;
	/** In hex, as in the tables. */
	readonly port: string;
}

/** An entry of a table that counts for a socket. */
interface Entry {
	readonly socket: Socket;
	readonly local: Side;
	readonly remote: Side;
	/** Where its number of bytes is, counted from the remote port. */
	readonly column: number;
}

const TX_QUEUE = 8;
const RX_QUEUE = 17;

/** Entries by their ports. */
function want(wanted: Map<string, Entry[]>, entry: Entry): void {
	const ports = entry.local.port + entry.remote.port;
	const alike = wanted.get(ports);
	if (alike === undefined) wanted.set(ports, [entry]);
	else alike.push(entry);
}

/**
 * A line is "number: address:port address:port state tx_queue:rx_queue ...", in hex, the local side first. Of the many
 * lines only the ones with wanted ports are parsed. digits: of an address.
 */
function addFound(
	text: string,
	digits: number,
	wanted: ReadonlyMap<string, readonly Entry[]>,
	found: Map<Socket, number>,
): void {
	const address = remembered(addressOf);
	let colon = text.indexOf(": ");
	for (; colon >= 0; colon = text.indexOf(": ", colon + 1)) {
		const local = colon + 2;
		const localPort = local + digits + 1;
		const remote = localPort + 5;
		const remotePort = remote + digits + 1;
		const ports =
			text.slice(localPort, localPort + 4) +
			text.slice(remotePort, remotePort + 4);
		for (const entry of wanted.get(ports) ?? []) {
			const isIt =
				address(text.slice(local, local + digits)) === entry.local.address &&
				address(text.slice(remote, remote + digits)) === entry.remote.address;
			if (!isIt) continue;
			const at = remotePort + entry.column;
			const bytes = Number.parseInt(text.slice(at, at + 8), 16);
			found.set(entry.socket, (found.get(entry.socket) ?? 0) + bytes);
		}
	}
}

function hexOf(port: number): string {
	return port.toString(16).toUpperCase().padStart(4, "0");
}

/** Many connections have few addresses, whose conversion is slow. */
function remembered(
	convert: (address: string) => string,
): (address: string) => string {
	const known = new Map<string, string>();
	return (address) => {
		const converted = known.get(address) ?? convert(address);
		known.set(address, converted);
		return converted;
	};
}

/** The kernel prints each four bytes as a number in the machine's byte order. */
function addressOf(hex: string): string {
	const bytes = Buffer.from(hex, "hex");
	if (endianness() === "LE") bytes.swap32();
	const groups = bytes.toString("hex").match(/.{4}/g) ?? [];
	return canonical(bytes.length === 4 ? bytes.join(".") : groups.join(":"));
}
