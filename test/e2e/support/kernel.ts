import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { WebSocket } from "ws";

/** The environment's address for a user's browser, and the cookie that it sends there. */
export interface Visit {
	/** Such as "http://localhost:8080". */
	origin: string;
	/** The environment's path, with a slash at its end. */
	base: string;
	session: string;
}

interface Message {
	channel: string;
	msg_type: string;
	parent_header: { msg_id?: string };
	content: { text?: string; execution_state?: string; status?: string };
}

/** Starts a kernel over REST, runs the code over its WebSocket, and ends the kernel over REST. Resolves with the output. */
export async function runCode(visit: Visit, code: string): Promise<string> {
	const kernel = await startKernel(visit);
	const printed = await execute(visit, kernel, code);
	const url = `${visit.origin}${visit.base}api/kernels/${kernel}`;
	const request = { method: "DELETE", headers: headers(visit) };
	const deleted = await fetch(url, request);
	assert.equal(deleted.status, 204);
	return printed;
}

/** Over REST; resolves with the kernel's id. */
export async function startKernel(visit: Visit): Promise<string> {
	const created = await fetch(`${visit.origin}${visit.base}api/kernels`, {
		method: "POST",
		headers: { ...headers(visit), "Content-Type": "application/json" },
		body: JSON.stringify({ name: "python3" }),
	});
	assert.equal(created.status, 201, await created.clone().text());
	return ((await created.json()) as { id: string }).id;
}

/** The WebSocket that a notebook keeps open, not yet opened. The caller closes it. */
export function channels(
	visit: Visit,
	kernel: string,
	session: string,
): WebSocket {
	const path = `${visit.base}api/kernels/${kernel}/channels?session_id=${session}`;
	return new WebSocket(`${visit.origin.replace("http", "ws")}${path}`, {
		headers: headers(visit),
	});
}

/** Without a token Tornado requires its own cookie and the same value in a header. */
function headers(visit: Visit): Record<string, string> {
	return {
		Cookie: `galaxysession=${visit.session}; _xsrf=e2e`,
		"X-XSRFToken": "e2e",
	};
}

async function execute(
	visit: Visit,
	kernel: string,
	code: string,
): Promise<string> {
	const session = randomUUID();
	const socket = channels(visit, kernel, session);
	const request = executeRequest(session, code);
	let printed = "";
	const idle = new Promise<void>((resolve, reject) => {
		socket.on("message", (data) => {
			const message = JSON.parse(String(data)) as Message;
			if (message.parent_header.msg_id !== request.header.msg_id) return;
			if (message.msg_type === "stream") printed += message.content.text;
			if (message.content.execution_state === "idle") resolve();
		});
		socket.once("close", (code) =>
			reject(new Error(`the kernel's WebSocket was closed with ${code}`)),
		);
		socket.once("error", reject);
	});
	await Promise.race([once(socket, "open"), idle]);
	socket.send(JSON.stringify(request));
	await idle;
	const closed = once(socket, "close");
	socket.close();
	await closed;
	return printed;
}

function executeRequest(session: string, code: string) {
	const header = {
		...{ msg_id: randomUUID(), msg_type: "execute_request", session },
		...{ username: "e2e", version: "5.3", date: new Date().toISOString() },
	};
	const content = {
		...{ code, silent: false, store_history: false, allow_stdin: false },
		user_expressions: {},
	};
	const parts = { parent_header: {}, metadata: {}, buffers: [] };
	return { header, content, channel: "shell", ...parts };
}
