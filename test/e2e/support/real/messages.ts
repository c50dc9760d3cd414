import type { TestContext } from "node:test";
import { type Answer, askDirectly, type Message } from "./answers.js";
import { DOWNLOAD, PAGE, type RealServer, UPLOAD } from "./server.js";

/** A request, and what the server answers when it is asked directly. */
export type Asked = readonly [message: Message, answer: Answer];

/** What is sent to a server, by kind. */
export interface Exchanges {
	readonly page: readonly Asked[];
	readonly others: readonly Asked[];
	readonly posts: readonly Asked[];
	readonly uploads: readonly Asked[];
	readonly refused: readonly Asked[];
}

const FORM = "Content-Type: application/x-www-form-urlencoded";
const JSON_TYPE = "Content-Type: application/json";
const BYTES = "Content-Type: application/octet-stream";

/** Asks the server directly for everything that is sent through the daemon later. */
export async function askAll(
	t: TestContext,
	port: number,
	server: RealServer,
): Promise<Exchanges> {
	const all = async (messages: readonly Message[]): Promise<Asked[]> => {
		const asked: Asked[] = [];
		for (const message of messages)
			asked.push([message, await askDirectly(t, port, message)]);
		return asked;
	};
	const { page: paths = PAGE } = server;
	const page = await all(paths.map(get));
	const validators = page[0] ? conditional(page[0]) : [];
	const others = [{ method: "HEAD", path: paths[0] ?? "" }, ...validators];
	if (server.empty !== undefined) others.push(get(server.empty));
	if (server.page === undefined) others.push(get(DOWNLOAD));
	return {
		page,
		others: await all(others),
		posts: await all(postsOf(server)),
		uploads: await all(uploadsOf(server)),
		refused: await all(refusedOf(server)),
	};
}

function get(path: string): Message {
	return { method: "GET", path };
}

/** The same request with the validators that its answer had. */
function conditional([message, answer]: Asked): Message[] {
	const lines = answer.fields.flatMap((line) => {
		const [, name = "", value = ""] = /^([a-z-]+): (.*)$/.exec(line) ?? [];
		if (name === "etag") return [`If-None-Match: ${value}`];
		return name === "last-modified" ? [`If-Modified-Since: ${value}`] : [];
	});
	return lines.length === 0 ? [] : [{ ...message, lines }];
}

function postsOf({ echo, unread, waits }: RealServer): Message[] {
	const views = [echo, unread].filter((path) => path !== undefined);
	const method = "POST";
	return views.flatMap((path) => [
		{ method, path, lines: [FORM], body: Buffer.from("a=1&b=2") },
		{ method, path, lines: [JSON_TYPE], body: Buffer.from('{"a": [1, 2]}') },
		...(waits && path === echo
			? [{ method, path, lines: [BYTES], body: Buffer.from("late"), waits }]
			: []),
	]);
}

function uploadsOf({ echo, takesChunks }: RealServer): Message[] {
	if (echo === undefined) return [];
	const upload = { method: "POST", path: echo, lines: [BYTES], body: UPLOAD };
	return takesChunks ? [upload, { ...upload, isChunked: true }] : [upload];
}

function refusedOf({ refuses: path }: RealServer): Message[] {
	if (path === undefined) return [];
	const shared = { method: "POST", path, lines: [BYTES] };
	return [{ ...shared, body: UPLOAD, isRefused: true }];
}
