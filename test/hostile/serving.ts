import { once } from "node:events";
import {
	type AddressInfo,
	createServer,
	type Server,
	type Socket,
} from "node:net";
import type { TestContext } from "node:test";
import { BackendConnection, STOPPED } from "../support/container.js";
import type { Row } from "../support/session-map.js";
import { ClosedEarly } from "../support/wire.js";
import type { Kind } from "./kind.js";

/** The test's or the battery's end. */
export type Scope = Pick<TestContext, "after">;

/** Answers good requests with their target; at a kind's path its part begins. */
export async function serve(
	container: BackendConnection,
	byPath: ReadonlyMap<string, Kind>,
): Promise<void> {
	for (;;) {
		const [, target = ""] = (await container.line()).split(" ");
		while ((await container.line()) !== "");
		const kind = byPath.get(target);
		if (kind?.serve) await kind.serve(container);
		else if (target === "/swallow") return;
		else
			container.send(
				`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`,
			);
	}
}

/** A port whose connections run this part; without a part, a port without a listener. */
export async function listen(
	scope: Scope,
	part: ((container: BackendConnection) => unknown) | null,
): Promise<Row> {
	if (part === null) return STOPPED;
	const sockets = new Set<Socket>();
	const server = createServer({ noDelay: true }, (socket) => {
		sockets.add(socket);
		socket.once("close", () => sockets.delete(socket));
		Promise.resolve(new BackendConnection(socket))
			.then(part)
			.catch((error: unknown) => {
				if (!(error instanceof ClosedEarly)) socket.destroy();
			});
	});
	scope.after(() => close(server, sockets));
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	return { host: "127.0.0.1", port };
}

async function close(
	server: Server,
	sockets: ReadonlySet<Socket>,
): Promise<void> {
	for (const socket of sockets) socket.destroy();
	if (server.listening) await new Promise((resolve) => server.close(resolve));
}
