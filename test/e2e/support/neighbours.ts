import {
	createServer,
	type IncomingHttpHeaders,
	type OutgoingHttpHeaders,
} from "node:http";
import type { Page } from "playwright-core";
import { WebSocketServer } from "ws";
import type { Place } from "./place.js";

/** Galaxy's host, and the domain below it of a tool that another user runs. */
export const GALAXY_HOST = "galaxy.example";
export const TOOL_HOST = "tool-of-mallory.galaxy.example";

/** For Chromium: both of them are this machine. */
export const NAMES_ARE_HERE = "--host-resolver-rules=MAP *.example 127.0.0.1";

/** The environments' path, below Galaxy's own. */
export const PREFIX = "/galaxy/gie_proxy";

/** A container whose pages are one heading and whose WebSockets send every message back. */
export interface PageContainer {
	readonly port: number;
	/** The fields of each upgrade that arrived. */
	readonly upgrades: readonly IncomingHttpHeaders[];
}

/** fields: sent with every page. A path that ends in .js is an empty script. */
export async function startPageContainer(
	place: Place,
	heading: string,
	fields: OutgoingHttpHeaders = {},
): Promise<PageContainer> {
	const server = createServer(({ url = "" }, response) => {
		const type = url.endsWith(".js") ? "text/javascript" : "text/html";
		response.writeHead(200, { "Content-Type": type, ...fields });
		response.end(type === "text/html" ? `<h1>${heading}</h1>` : "");
	});
	const upgrades: IncomingHttpHeaders[] = [];
	const sockets = new WebSocketServer({ server });
	sockets.on("connection", (socket, { headers }) => {
		upgrades.push(headers);
		socket.on("message", (data) => socket.send(String(data)));
	});
	const port = await place.serve(server);
	place.atEnd(async () => {
		for (const socket of sockets.clients) socket.terminate();
	});
	return { port, upgrades };
}

/** Opens a WebSocket from this page. Resolves with the word that came back through it, or with Chromium's reason. */
export function echoFrom(page: Page, url: string): Promise<string> {
	const outcome = new Promise<string>((resolve) =>
		page.once("websocket", (socket) => {
			socket.once("socketerror", resolve);
			socket.once("framereceived", ({ payload }) => resolve(String(payload)));
		}),
	);
	const opens = page.evaluate(`new Promise((resolve) => {
		const socket = new WebSocket(${JSON.stringify(url)});
		socket.onopen = () => socket.send("echo");
		socket.onmessage = () => socket.close();
		socket.onclose = resolve;
	}).then(() => undefined)`);
	return opens.then(() => outcome);
}
