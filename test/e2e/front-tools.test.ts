import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { WebSocket } from "ws";
import { startDaemon } from "../support/daemon.js";
import { freePort } from "../support/free-port.js";
import {
	KEY,
	startToolMap,
	TOKEN,
	TOOL_HOST,
	TOOL_PATH,
	TOOL_PREFIX,
} from "../support/tools.js";
import { startEchoingTool } from "./support/echoing-tool.js";
import {
	isMissing,
	SERVERS,
	type ServerName,
	startServer,
} from "./support/front-servers.js";
import { printedFront } from "./support/fronts.js";
import { placeFor } from "./support/place.js";

/** More than 100 MB, in pieces. */
const PIECE = Buffer.alloc(1_000_000, "galaxy");
const PIECES = 101;

/** How a tool is reached: the host, with a port, and the path above its own. */
const FORMS = {
	domain: { host: `${TOOL_HOST}:81`, base: "" },
	path: { host: "galaxy.example:81", base: TOOL_PATH },
} as const;

for (const name of SERVERS)
	test(`tools work by domain and by path behind ${name} as front ${name} configures it`, {
		skip: isMissing(name),
	}, async (t) => {
		const { port, tool } = await startSite(t, name);
		for (const [form, { host, base }] of Object.entries(FORMS)) {
			const ask = (path: string, method = "GET", headers = {}) =>
				request({
					...{ port, method, path: base + path, agent: false },
					headers: { Host: host, ...headers },
				});
			const get = async (path: string, headers = {}) => {
				const [answer] = await once(
					ask(path, "GET", headers).end(),
					"response",
				);
				return answer as IncomingMessage;
			};
			const echoed = async (path: string, headers = {}) =>
				JSON.parse(await text(await get(path, headers)));

			await t.test(`${form}: path and query arrive as sent`, async () => {
				for (const path of [
					"/a%2Fb%20c/%C3%A9;v=1?q=a%2Fb&r=%20+",
					"/api/contents/x%252Fy.ipynb",
					"/static/app.js?v=2",
				])
					assert.equal((await echoed(path)).url, path);
			});
			await t.test(`${form}: forwarded headers have one value`, async () => {
				const { headers } = await echoed("/x", {
					"X-Forwarded-Host": "evil.example",
					"X-Forwarded-Proto": "gopher",
					"X-Forwarded-For": "192.0.2.6",
				});
				assert.equal(headers.host, host);
				assert.equal(headers["x-forwarded-host"], host);
				assert.equal(headers["x-forwarded-proto"], "http");
				assert.match(headers["x-forwarded-for"], /(^|, )127\.0\.0\.1$/);
			});
			for (const length of [PIECES * PIECE.length, undefined])
				await t.test(
					`${form}: an upload of 101 MB, ${length ? "of known length" : "chunked"}`,
					async () => {
						const fields = length ? { "Content-Length": length } : {};
						const upload = ask("/upload", "POST", fields);
						const hash = createHash("sha256");
						const answered = once(upload, "response");
						for (let piece = 0; piece < PIECES; piece++) {
							hash.update(PIECE);
							if (!upload.write(PIECE)) await once(upload, "drain");
						}
						upload.end();
						const [answer] = await answered;
						assert.equal(answer.statusCode, 200);
						assert.equal(await text(answer), hash.digest("hex"));
					},
				);
			await t.test(
				`${form}: an event arrives before the stream ends`,
				async () => {
					const answer = await get("/events");
					const [event] = await once(answer, "data");
					assert.equal(String(event), "data: 1\n\n");
					tool.endEvents();
					assert.equal(await text(answer), "data: 2\n\n");
				},
			);
			await t.test(`${form}: an upload arrives before it ends`, async () => {
				const upload = ask("/upload", "POST");
				upload.write(PIECE.subarray(0, 300_000));
				await tool.uploading();
				upload.end();
				const [answer] = await once(upload, "response");
				await text(answer);
			});
			await t.test(`${form}: a large response head passes`, async () => {
				const { headers } = await get("/large-head");
				assert.equal(headers["x-large"]?.length, 12_000);
			});
			await t.test(`${form}: a WebSocket whose origin has a port`, async () => {
				const socket = new WebSocket(
					`ws://127.0.0.1:${port}${base}/api/kernels/1%2F2/channels`,
					{ headers: { Host: host, Origin: `http://${host}` } },
				);
				await once(socket, "open");
				socket.send("echo?");
				assert.equal(String((await once(socket, "message"))[0]), "echo?");
				socket.close(1000, "done");
				assert.equal((await once(socket, "close"))[0], 1000);
			});
			await t.test(
				`${form}: a client that leaves ends the request`,
				async () => {
					const stream = await get("/ceaseless");
					await once(stream, "data");
					stream.destroy();
					await tool.left();
				},
			);
		}
		await t.test("other paths are Galaxy's", async () => {
			const asked = request({
				port,
				path: "/",
				headers: { Host: "galaxy.example" },
			});
			const [answer] = await once(asked.end(), "response");
			assert.equal(await text(answer), "Galaxy");
		});
	});

/** A daemon with one tool, and Galaxy, behind the server. */
async function startSite(t: TestContext, name: ServerName) {
	const place = placeFor(t, `front-tools-${name}`);
	const tool = await startEchoingTool(place);
	const map = startToolMap(t);
	await map.put(KEY, TOKEN, "127.0.0.1", tool.port);
	const admin = ["--admin", `127.0.0.1:${await freePort()}`];
	const daemon = await startDaemon(t, {
		map: map.path,
		args: ["--mode", "gxit", "--proxyPathPrefix", TOOL_PREFIX, ...admin],
	});
	const galaxy = await place.serve(
		createServer((_, response) => response.end("Galaxy")),
	);
	const printed = printedFront(
		...[name, "--for", "tools", "--server-name", "galaxy.example", ...admin],
		...["--port", String(daemon.port), "--galaxy", `localhost:${galaxy}`],
	);
	return { tool, port: await startServer(name, place, printed) };
}
