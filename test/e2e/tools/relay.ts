import { once } from "node:events";
import type { AddressInfo } from "node:net";
import {
	createServer,
	connect as dial,
	type Server,
	type Socket,
} from "node:net";
import type { Place } from "../support/place.js";

/** Bytes before a chunk that may hold the beginning of the text looked for. */
const OVERLAP = 32;
const SECRET = "galaxysession=";

/** Stands before an application, counts the connections to it and passes their bytes unchanged. */
export class Relay {
	/** Connections so far, and those that the client has not closed. */
	connections = 0;
	open = 0;
	/** Chunks to the application that hold Galaxy's session cookie. */
	leaks = 0;
	readonly #server: Server;
	readonly #sockets = new Set<Socket>();

	private constructor(readonly target: number) {
		const options = { allowHalfOpen: true, noDelay: true };
		this.#server = createServer(options, (client) => this.#pass(client));
	}

	static async start(place: Place, target: number): Promise<Relay> {
		const relay = new Relay(target);
		relay.#server.listen(0, "127.0.0.1");
		await once(relay.#server, "listening");
		place.atEnd(async () => {
			relay.#server.close();
			for (const socket of relay.#sockets) socket.destroy();
		});
		return relay;
	}

	get port(): number {
		return (this.#server.address() as AddressInfo).port;
	}

	reset(): void {
		this.connections = 0;
		this.leaks = 0;
	}

	/** Owns the client's socket; it and the application's end together. */
	#pass(client: Socket): void {
		this.connections++;
		this.open++;
		const to = { host: "127.0.0.1", port: this.target, allowHalfOpen: true };
		const application = dial({ ...to, noDelay: true });
		let before = "";
		client.on("data", (chunk) => {
			const text = before + chunk.toString("latin1");
			if (text.includes(SECRET)) this.leaks++;
			before = text.includes(SECRET) ? "" : text.slice(-OVERLAP);
		});
		for (const [from, other] of [
			[client, application],
			[application, client],
		] as const) {
			this.#sockets.add(from);
			from.pipe(other);
			from.on("error", () => other.resetAndDestroy());
			from.on("close", () => {
				this.#sockets.delete(from);
				other.destroySoon();
			});
		}
		let isOpen = true;
		const onLeave = () => {
			if (isOpen) this.open--;
			isOpen = false;
		};
		client.on("end", onLeave).on("close", onLeave);
	}
}
