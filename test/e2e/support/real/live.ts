import assert from "node:assert/strict";
import { once } from "node:events";
import { WebSocket } from "ws";
import { ask, COOKIE, request } from "../../../support/client.js";
import type { Scene } from "./checks.js";

/** Echoes of small and large messages, directly and through the daemon. */
export async function sockets({
	server,
	direct,
	port,
}: Scene): Promise<string> {
	const { socket } = server;
	if (!socket) return "";
	for (const at of [direct, port])
		for (const kind of socket.kinds) {
			const opened = new WebSocket(`ws://127.0.0.1:${at}${socket.path}`, {
				headers: { Cookie: COOKIE.replace("Cookie: ", "") },
			});
			await once(opened, "open");
			for (const size of [5, 70_000]) {
				const text = "x".repeat(size);
				const echoed = untilEchoed(opened, text);
				opened.send(kind === "text" ? text : Buffer.from(text));
				await echoed;
			}
			const closed = once(opened, "close");
			opened.terminate();
			await closed;
		}
	return socket.kinds.join(", ");
}

/** An echo may come in several messages. */
async function untilEchoed(socket: WebSocket, text: string): Promise<void> {
	let echoed = "";
	await new Promise<void>((resolve, reject) => {
		socket.on("message", (data) => {
			echoed += String(data);
			if (echoed.length >= text.length) resolve();
		});
		socket.once("close", () => reject(new Error("the WebSocket was closed")));
	});
	socket.removeAllListeners();
	assert.equal(echoed, text);
}

/** A terminal's output comes as the answer to a POST that waits for it, while others carry what is typed. */
export async function poll({ t, server, port }: Scene): Promise<string> {
	if (!server.polls) return "";
	const post = (form: string) => {
		const type = "Content-Type: application/x-www-form-urlencoded";
		const length = `Content-Length: ${form.length}`;
		return ask(t, port, request("POST /", type, length) + form);
	};
	const size = "width=80&height=24";
	const opened = await post(`${size}&rooturl=http%3A%2F%2Fgalaxy.example%2F`);
	const { session } = JSON.parse(opened.text);
	const own = `${size}&session=${encodeURIComponent(session)}`;
	for (const typed of ["one", "two"]) {
		const output = post(own);
		const keys = Buffer.from(`${typed}\r`).toString("hex");
		assert.equal((await post(`${own}&keys=${keys}`)).status, 200);
		// The terminal's echo and the program's output may come apart, and in parts.
		let shown = JSON.parse((await output).text).data;
		while (!shown.includes(typed))
			shown += JSON.parse((await post(own)).text).data;
	}
	return "works";
}
