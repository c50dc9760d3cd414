import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import {
	createServer,
	type IncomingMessage,
	request,
	type ServerResponse,
} from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { isMissing, SERVERS, startPrinted } from "./support/front-servers.js";
import { type Place, placeFor } from "./support/place.js";
import { launchAt } from "./support/site.js";
import { until } from "./support/until.js";

const PREFIX = "/galaxy/gie_proxy";

/** HAProxy needs an admin listener, which a proxy that Galaxy starts does not have. */
const KINDS = SERVERS.filter((kind) => kind !== "haproxy");

for (const kind of KINDS)
	test(`the configuration that front ${kind} prints has no gaps`, {
		skip: isMissing(kind),
	}, async (t) => {
		const place = placeFor(t, `front-gaps-${kind}`);
		const container = await startGapsContainer(place);
		const { port: at } = container;
		const launched = await launchAt(place, { host: "127.0.0.1", port: at });
		const { key, proxyPort } = launched;
		const galaxyRoot = place.file("galaxy root");
		const statics = `${galaxyRoot}/config/plugins/ie/jupyter/static/js`;
		mkdirSync(statics, { recursive: true });
		writeFileSync(`${statics}/a b.js`, "static");
		// Apache's workers run as another user.
		chmodSync(place.folder, 0o755);
		const port = await startPrinted(
			kind,
			place,
			launched,
			...["--proxy-prefix", PREFIX, "--galaxy-root", galaxyRoot],
			...["--server-name", "galaxy.example"],
		);
		const call = (path: string, method = "GET") =>
			request({
				...{ port, path, method, agent: false },
				headers: { Host: "galaxy.example:81", Cookie: `galaxysession=${key}` },
			});
		const get = async (path: string) => {
			const asked = call(path).end();
			const [answer] = (await once(asked, "response")) as [IncomingMessage];
			return answer;
		};
		const echoed = async (path: string) =>
			JSON.parse(await text(await get(path)));

		await t.test("path and query arrive as they were sent", async () => {
			for (const path of [
				"/x/a%2Fb%20c/%C3%A9;v=1?q=a%2Fb&r=%20+",
				"/jupyter/ipython/api/kernels/1%2F2?session_id=3",
				"/plugins/a/b/static/app.js?v=2",
			])
				assert.equal((await echoed(PREFIX + path)).url, PREFIX + path);
			assert.equal((await echoed(`/${PREFIX}/x`)).url, `${PREFIX}/x`);
		});
		await t.test(
			"the environment gets the client's address and the requested host",
			async () => {
				const { headers } = await echoed(`${PREFIX}/x`);
				assert.equal(headers.host, "galaxy.example:81");
				assert.equal(headers["x-forwarded-host"], "galaxy.example:81");
				assert.equal(headers["x-forwarded-proto"], "http");
				assert.equal(headers["x-forwarded-for"], "127.0.0.1, 127.0.0.1");
			},
		);
		await t.test("a redirect points to the front proxy", async () => {
			const { headers } = await get(`${PREFIX}/redirect`);
			assert.equal(headers.location, `http://galaxy.example:81${PREFIX}/there`);
		});
		await t.test("a large response head passes", async () => {
			const { statusCode, headers } = await get(`${PREFIX}/large-head`);
			assert.equal(statusCode, 200);
			assert.equal(headers["x-large"]?.length, 12_000);
		});
		await t.test(
			"an environment cannot redirect the front proxy internally",
			async () => {
				assert.equal(await text(await get(`${PREFIX}/steal`)), "mine");
			},
		);
		await t.test("an event arrives before its stream ends", async () => {
			const answer = await get(`${PREFIX}/events`);
			const [event] = await once(answer, "data");
			assert.equal(String(event), "data: 1\n\n");
			container.endEvents();
			await text(answer);
		});
		await t.test("an upload arrives before it ends", async () => {
			const upload = call(`${PREFIX}/upload`, "POST");
			upload.write(Buffer.alloc(3_000_000));
			assert.ok((await container.uploading()) > 0);
			upload.end();
			const [answer] = (await once(upload, "response")) as [IncomingMessage];
			assert.equal(await text(answer), "taken");
		});
		await t.test("any path can become a WebSocket", async () => {
			const socket = connect(port, "127.0.0.1");
			socket.write(
				`GET ${PREFIX}/shiny/websocket/ HTTP/1.1\r\nHost: galaxy.example\r\nCookie: galaxysession=${key}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
			);
			let seen = "";
			socket.on("data", (part) => {
				seen += part;
			});
			await until("the answer", () => seen.includes("\r\n\r\n"));
			assert.match(seen, /^HTTP\/1\.1 101 /);
			socket.write("echo?");
			await until("the echo", () => seen.endsWith("echo?"));
			const closed = once(socket, "close");
			socket.destroy();
			await closed;
		});
		await t.test("connections to the daemon are used again", async () => {
			const before = connectionsTo(proxyPort);
			for (let n = 0; n < 20; n++) await echoed(`${PREFIX}/again`);
			const more = connectionsTo(proxyPort) - before;
			assert.ok(more < 10, `${more} ends of connections more`);
		});
		await t.test("plugins' static files, and Galaxy itself", async () => {
			const path = "/galaxy/plugins/ie/jupyter/static/js/a%20b.js";
			const answer = await text(await get(path));
			const servesFiles = kind === "nginx" || kind === "apache";
			assert.match(answer, servesFiles ? /^static$/ : /<title>Galaxy/);
			assert.match(await text(await get("/galaxy/")), /<title>Galaxy/);
		});
	});

/** Ends of connections on this machine to this port, those included that were closed within the last minute. */
function connectionsTo(port: number): number {
	const hexadecimal = port.toString(16).toUpperCase().padStart(4, "0");
	return readFileSync("/proc/net/tcp", "latin1")
		.split("\n")
		.filter((line) => line.includes(`:${hexadecimal} `)).length;
}

/** An environment that reports how a request arrived through a front proxy; the last segment of the path chooses the answer. */
interface GapsContainer {
	readonly port: number;
	/** Ends the event stream that is open. */
	endEvents(): void;
	/** Resolves with the number of the first bytes of an upload. */
	uploading(): Promise<number>;
}

async function startGapsContainer(place: Place): Promise<GapsContainer> {
	let events: ServerResponse | undefined;
	let arrived: (bytes: number) => void = () => undefined;
	const uploading = new Promise<number>((resolve) => {
		arrived = resolve;
	});
	const server = createServer((request, response) => {
		const { url = "", headers } = request;
		if (url.endsWith("/events")) {
			events = response;
			response.setHeader("Content-Type", "text/event-stream");
			response.write("data: 1\n\n");
		} else if (url.endsWith("/redirect")) {
			const location = `http://${headers.host}${url.replace("redirect", "there")}`;
			response.writeHead(302, { Location: location }).end();
		} else if (url.endsWith("/large-head")) {
			response.setHeader("X-Large", "x".repeat(12_000));
			response.end();
		} else if (url.endsWith("/steal")) {
			response.setHeader("X-Accel-Redirect", "/secret/file");
			response.end("mine");
		} else if (url.endsWith("/upload")) {
			request.once("data", (part: Buffer) => arrived(part.length));
			request.once("end", () => response.end("taken"));
		} else response.end(JSON.stringify({ url, headers }));
	});
	server.on("upgrade", (_request, socket) => {
		socket.write(
			"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
		);
		socket.pipe(socket);
	});
	return {
		port: await place.serve(server),
		endEvents: () => events?.end(),
		uploading: () => uploading,
	};
}
