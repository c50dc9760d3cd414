import type { TestContext } from "node:test";
import { head, type RawRequest, values } from "../../../support/client.js";
import {
	type BackendConnection,
	OK,
	startBackend,
} from "../../../support/container.js";
import { Changes } from "../../../support/wait.js";

/** The target of requests that are not recorded. */
export const LATER = "/later";

/** What a container does with a request whose target contains the word. */
const BEHAVIOURS: Record<
	string,
	(connection: BackendConnection, request: RawRequest) => unknown
> = {
	"/silent": () => {},
	"/resets": (connection) => connection.reset(),
	"/not-http": (connection) => connection.send("SSH-2.0-x\r\n").end(),
	"/two-lengths": (connection) =>
		connection.send(
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
		),
	"/bad-field": (connection) =>
		connection.send(
			"HTTP/1.1 200 OK\r\nX-Bad: a\x01b\r\nContent-Length: 2\r\n\r\nok",
		),
	"/cut-by-fin": (connection) =>
		connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf").end(),
	"/begins": (connection) =>
		connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
	"/until-eof": (connection) =>
		connection.send("HTTP/1.1 200 OK\r\n\r\nok").end(),
	"/http10": (connection) => connection.send("HTTP/1.0 200 OK\r\n\r\nok").end(),
	"/early-hints": (connection) =>
		connection.send(`HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n${OK}`),
	"/trailers": (connection) =>
		connection.send(
			"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n",
		),
	"/redirect": (connection) =>
		connection.send(
			"HTTP/1.1 302 Found\r\nLocation: http://localhost/foo\r\nContent-Length: 0\r\n\r\n",
		),
	"/cookies": (connection, request) =>
		connection.send(
			isUpgrade(request)
				? AGREED.replace("\r\n\r\n", `\r\n${TWO_COOKIES}\r\n\r\n`)
				: OK.replace("\r\n\r\n", `\r\n${TWO_COOKIES}\r\n\r\n`),
		),
	"/own-cors": (connection) =>
		connection.send(
			OK.replace(
				"\r\n\r\n",
				"\r\nAccess-Control-Allow-Origin: http://container.example\r\n\r\n",
			),
		),
	"/events": (connection) =>
		connection.send(
			"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n",
		),
	"/forbids": (connection) =>
		connection.send("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"),
	"/plainly": (connection) => connection.send(OK),
};

const TWO_COOKIES = "Set-Cookie: a=1; Path=/\r\nSet-Cookie: b=2";

const AGREED = head(
	"HTTP/1.1 101 Switching Protocols",
	"Connection: Upgrade",
	"Upgrade: websocket",
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
);

/** A container of the comparison, and what it has received. */
export interface Container {
	/** On all loopback addresses. */
	readonly port: number;
	readonly requests: RawRequest[];
	/** Waits for the n-th request, counted from 0. */
	request(index: number): Promise<RawRequest>;
	/** The connection that was accepted last. */
	last(): BackendConnection | undefined;
	/** Open connections whose last request's target contains the word. */
	open(word: string): number;
}

export async function startContainer(t: TestContext): Promise<Container> {
	const requests: RawRequest[] = [];
	const arrivals = new Changes();
	const last = new Map<BackendConnection, string>();
	const backend = await startBackend(
		t,
		async (connection) => {
			for (;;) {
				const request = await connection.request();
				last.set(connection, request.target);
				if (request.target === LATER) {
					answer(connection, request);
					continue;
				}
				requests.push(request);
				arrivals.notify();
				const named = Object.keys(BEHAVIOURS).find((word) =>
					request.target.includes(word),
				);
				if (named !== undefined) BEHAVIOURS[named]?.(connection, request);
				else if (isUpgrade(request)) {
					connection.send(AGREED);
					const bytes = await connection.until("ping");
					connection.send(`echo of ${bytes.slice(-4)}`);
					return;
				} else answer(connection, request);
			}
		},
		{ host: "0.0.0.0" },
	);
	return {
		port: backend.port,
		requests,
		request: (index) =>
			arrivals.wait(
				`request ${index}`,
				() => requests[index],
				() => `${requests.length} requests`,
			),
		last: () => backend.connections.at(-1),
		open: (word) =>
			[...last].filter(
				([{ ending }, target]) => ending === undefined && target.includes(word),
			).length,
	};
}

/** Answers as servers do: a request with `Connection: close` is the last one. */
function answer(connection: BackendConnection, request: RawRequest): void {
	const isLast = /\bclose\b/i.test(
		values(request.headers, "Connection").join(),
	);
	if (!isLast) connection.send(OK);
	else
		connection
			.send(OK.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))
			.end();
}

function isUpgrade({ headers }: RawRequest): boolean {
	return /\bwebsocket\b/i.test(values(headers, "Upgrade").join());
}
