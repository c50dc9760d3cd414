import { existsSync } from "node:fs";

/** The port on which the environment listens in its container, as Galaxy's Jupyter does. */
export const INNER_PORT = 8888;

/**
 * An environment that says whose it is: in a page, and in the first message of a WebSocket. What it is asked for goes to
 * its log. USER_EMAIL is what Galaxy tells its containers.
 */
const PROGRAM = `
const user = process.env.USER_EMAIL;
const server = require("node:http").createServer((request, response) => {
	console.log(request.url);
	response.setHeader("Content-Type", "text/html");
	response.end("<!doctype html><title>Notebook</title><h1>Notebook of " + user + "</h1>");
});
server.on("upgrade", (request, socket) => {
	console.log(request.url);
	socket.on("error", () => socket.destroy());
	const key = request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	const accept = require("node:crypto").createHash("sha1").update(key).digest("base64");
	socket.write("HTTP/1.1 101 Yes\\r\\nConnection: Upgrade\\r\\nUpgrade: websocket\\r\\nSec-WebSocket-Accept: " + accept + "\\r\\n\\r\\n");
	socket.write(Buffer.concat([Buffer.from([0x81, user.length]), Buffer.from(user)]));
	socket.once("data", () => socket.end());
});
process.once("SIGTERM", () => process.exit());
server.listen(${INNER_PORT});`;

/** The environment's command, in a container with mounts(). */
export const COMMAND = ["/node", "-e", PROGRAM];

/** This machine's node and what it needs, as flags of Docker: the image may be empty. */
export function mounts(): string[] {
	const libraries = ["/usr", "/lib", "/lib64"].filter((path) =>
		existsSync(path),
	);
	return [
		`type=bind,src=${process.execPath},dst=/node,readonly`,
		...libraries.map((path) => `type=bind,src=${path},dst=${path},readonly`),
	].flatMap((each) => ["--mount", each]);
}
