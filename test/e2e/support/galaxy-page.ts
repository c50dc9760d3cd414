import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Place } from "./place.js";

/** Galaxy's web page as far as the proxy is concerned: it sets the session cookie for its own path. Resolves with its port. */
export async function startGalaxyPage(
	place: Place,
	session: string,
	path = "/galaxy",
): Promise<number> {
	const server = createServer((_request, response) => {
		response.setHeader(
			"Set-Cookie",
			`galaxysession=${session}; Path=${path}; HttpOnly`,
		);
		response.setHeader("Content-Type", "text/html");
		response.end("<!doctype html><title>Galaxy</title><p>Galaxy");
	});
	await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
	place.atEnd(async () => {
		server.closeAllConnections();
		server.close();
	});
	return (server.address() as AddressInfo).port;
}
