import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** Faults of a front proxy; by default it passes on every byte. */
export interface FrontFaults {
	/** Says where a request goes by its path and head; by default what is below the prefix goes to the proxy. */
	to?: (path: string, head: string) => "proxy" | "galaxy" | number;
	/** Changes the head that the proxy gets. */
	head?: (head: string) => string;
	/** Bytes of a request body beyond which it is 413, by what is announced or by what comes. */
	announced?: number;
	coming?: number;
	/** Bytes of an answer after which it is cut. */
	answer?: number;
	/** Milliseconds without a byte of the answer after which it is cut. */
	patience?: number;
	/** Buffers the answer until it is complete. */
	buffers?: boolean;
	/** Told of each request's head. */
	onHead?: (head: string) => void;
}

interface Behind {
	readonly proxy: number;
	readonly galaxy: number;
}

const PREFIX = "/galaxy/gie_proxy";

/** A front proxy of raw bytes, one request a connection, on 127.0.0.1; resolves with its port. */
export async function startFront(
	t: Pick<TestContext, "after">,
	behind: Behind,
	faults: FrontFaults = {},
): Promise<number> {
	const open = new Set<Socket>();
	const keep = (socket: Socket): Socket => {
		open.add(socket);
		// Doctor leaves as it likes, and so does what is behind.
		socket.on("error", () => {});
		return socket;
	};
	const server = createServer((client) => {
		keep(client);
		let text = "";
		client.on("data", function gather(bytes: Buffer) {
			text += bytes.toString("latin1");
			// TLS, on a port that speaks HTTP.
			if (text.startsWith("\x16")) answer(client, 400);
			const end = text.indexOf("\r\n\r\n");
			if (end < 0) return;
			client.off("data", gather);
			const head = text.slice(0, end + 2);
			faults.onHead?.(head);
			pass({ client, head, rest: text.slice(end + 4) }, behind, faults, keep);
		});
	});
	t.after(async () => {
		for (const socket of open) socket.destroy();
		await new Promise((resolve) => server.close(resolve));
	});
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return (server.address() as AddressInfo).port;
}

interface Request {
	readonly client: Socket;
	/** With the CRLF of its last line. */
	readonly head: string;
	/** The part of the body that arrived with it. */
	readonly rest: string;
}

function pass(
	{ client, head, rest }: Request,
	behind: Behind,
	faults: FrontFaults,
	keep: (socket: Socket) => Socket,
): void {
	const path = head.split(" ")[1] ?? "";
	const to =
		faults.to?.(path, head) ?? (path.startsWith(PREFIX) ? "proxy" : "galaxy");
	const isAsked = to === "proxy";
	const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
	const isLarge = isAsked && length > (faults.announced ?? Infinity);
	if (typeof to === "number" || isLarge) {
		answer(client, typeof to === "number" ? to : 413);
		return;
	}
	const upstream = keep(
		connect(isAsked ? behind.proxy : behind.galaxy, "127.0.0.1"),
	);
	const sent = isAsked ? (faults.head?.(head) ?? head) : head;
	upstream.write(`${sent}\r\n${rest}`, "latin1");
	upload(client, upstream, faults.coming);
	download(upstream, client, isAsked ? faults : {});
}

function upload(client: Socket, upstream: Socket, limit = Infinity): void {
	let bytes = 0;
	client.on("data", (part: Buffer) => {
		bytes += part.length;
		if (bytes <= limit) upstream.write(part);
		else if (!upstream.destroyed) {
			upstream.destroy();
			answer(client, 413);
		}
	});
	client.once("close", () => upstream.destroy());
}

function download(
	upstream: Socket,
	client: Socket,
	{ answer: limit = Infinity, patience = 0, buffers }: FrontFaults,
): void {
	const held: Buffer[] = [];
	let bytes = 0;
	if (patience > 0) upstream.setTimeout(patience, () => client.destroy());
	upstream.on("data", (part: Buffer) => {
		bytes += part.length;
		if (bytes > limit) client.destroy();
		else if (buffers) held.push(part);
		else client.write(part);
	});
	upstream.once("end", () => client.end(Buffer.concat(held)));
	upstream.once("close", () => client.destroySoon());
}

function answer(client: Socket, status: number): void {
	client.end(
		`HTTP/1.1 ${status} Front\r\nServer: raw-front\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
	);
}
