import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type TestContext, test } from "node:test";
import { ask } from "../support/client.js";
import {
	isMissing,
	SERVERS,
	type ServerName,
	startServer,
} from "./support/front-servers.js";
import { printedFront } from "./support/fronts.js";
import { type Place, placeFor } from "./support/place.js";

/** Apache refuses an encoded one. */
const prefixFor = (name: ServerName) =>
	name === "apache" ? "/a.c(d)'e';+/its/ep" : "/a%20b.c(d)'e';+/its/ep";

/** What stands in for galaxy-proxy: it tells the path. */
function startEcho(): Server {
	return createServer(({ url }, response) => response.end(url));
}

/** On a socket file that other users may open. */
async function listenAt(place: Place, path: string): Promise<void> {
	const server = startEcho();
	await new Promise<void>((resolve) => server.listen(path, resolve));
	place.atEnd(async () => {
		server.closeAllConnections();
		server.close();
	});
	chmodSync(place.folder, 0o755);
	chmodSync(path, 0o777);
}

for (const name of SERVERS)
	test(`front ${name} quotes an odd path`, {
		skip: isMissing(name),
	}, async (t) => {
		const place = placeFor(t, `front-tools-odd-${name}`);
		const port = await place.serve(startEcho());
		const at = ["--port", String(port), "--admin", `127.0.0.1:${port}`];
		await assertLeads(t, place, name, at);
	});

for (const name of ["nginx", "apache", "haproxy", "caddy"] as const)
	test(`front ${name} leads to a unix socket with a blank in its path`, async (t) => {
		const place = placeFor(t, `front-tools-socket-${name}`);
		const socket = place.file("a socket");
		await listenAt(place, socket);
		const admin = await place.serve(startEcho());
		const at = ["--ip", `unix:${socket}`, "--admin", `127.0.0.1:${admin}`];
		await assertLeads(t, place, name, at);
	});

async function assertLeads(
	t: TestContext,
	place: Place,
	name: ServerName,
	at: readonly string[],
): Promise<void> {
	const prefix = prefixFor(name);
	const text = printedFront(
		...[name, "--for", "tools", "--server-name", "galaxy.example"],
		...["--proxyPathPrefix", prefix, ...at],
	);
	const port = await startServer(name, place, text);
	for (const [host, path] of [
		["galaxy.example", `${prefix}/key/token/x%2Fy%20z?q=%2F`],
		["key-token.ep.its.galaxy.example", "/x%2Fy?q=%2F"],
	]) {
		const head = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
		const { status, text } = await ask(t, port, head);
		assert.deepEqual([status, text], [200, path]);
	}
}
