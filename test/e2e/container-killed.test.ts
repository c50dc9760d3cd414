import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { WebSocket } from "ws";
import {
	ANNOUNCED_BYTES,
	type Container,
	startContainer,
} from "./support/container.js";
import { type Curled, curl } from "./support/curl.js";
import { startNginx } from "./support/fronts.js";
import { BASE } from "./support/jupyter.js";
import { placeFor } from "./support/place.js";
import { launchAt } from "./support/site.js";

/** Less than the shortest timeout of the proxy, which is 30 s. */
const NOTICED_WITHIN_MS = 15_000;
const UPLOAD_BYTES = 8_000_000;

const missing = (seen: Curled) =>
	seen.exit === 0 && seen.status === 502 && seen.bytes > 0;
const short = (seen: Curled) =>
	[18, 56].includes(seen.exit) && seen.bytes < ANNOUNCED_BYTES;
/** curl may get the answer before it has sent everything, or notice the closed connection first. */
const failed = (seen: Curled) =>
	seen.status === 502 || [52, 55, 56].includes(seen.exit);

const CASES = [
	["before the head", "silent", missing],
	["mid-body, with a length", "length", short],
	["mid-body, chunked", "chunked", short],
	["mid-upload", "upload", failed],
] as const;

test("a client sees the death of its container at any moment as a failure, never as a complete answer", async (t) => {
	const place = placeFor(t, "container-killed");
	const launched = await launchAt(place, { host: "127.0.0.1", port: 1 });
	const { key, galaxy, proxyPort } = launched;
	const nginxPort = await startNginx(place, launched);
	const upload = place.file("upload");
	writeFileSync(upload, Buffer.alloc(UPLOAD_BYTES));
	const ways = [
		{ name: "direct", port: proxyPort, args: [] },
		{ name: "direct, HTTP/1.0", port: proxyPort, args: ["--http1.0"] },
		{ name: "nginx", port: nginxPort, args: [] },
	];
	const table: string[] = [];

	const launch = async (): Promise<Container> => {
		const container = await startContainer(place);
		await galaxy.write({ key, host: "127.0.0.1", port: container.port });
		return container;
	};

	for (const [name, path, isRight] of CASES)
		for (const way of ways)
			await t.test(`${name}, ${way.name}`, async () => {
				const container = await launch();
				const url = `http://localhost:${way.port}${BASE}${path}`;
				const body = path === "upload" ? ["--data-binary", `@${upload}`] : [];
				const words = [...way.args, ...body, url];
				const answer = curl(place, key, path, words);
				assert.equal(await container.said(), path);
				await container.kill();
				const killed = performance.now();
				const seen = await answer;
				const after = Math.round(performance.now() - killed);
				const saw = `curl ${seen.exit}, status ${seen.status}, ${seen.bytes} bytes, after ${after} ms`;
				table.push(row(name, way.name, saw));
				assert(isRight(seen), saw);
				assert(after < NOTICED_WITHIN_MS, saw);
			});

	for (const way of ways.filter(({ args }) => args.length === 0)) {
		await t.test(`mid-tunnel, ${way.name}`, async () => {
			const container = await launch();
			const url = `ws://localhost:${way.port}${BASE}api/kernels/1/channels`;
			const socket = new WebSocket(url, {
				headers: { Cookie: `galaxysession=${key}` },
			});
			await once(socket, "open");
			socket.send("there?");
			const [echo] = await once(socket, "message");
			assert.equal(String(echo), "there?");
			const closed = once(socket, "close");
			await container.kill();
			const killed = performance.now();
			const [code] = await closed;
			const after = Math.round(performance.now() - killed);
			const saw = `WebSocket close ${code}, after ${after} ms`;
			table.push(row("mid-tunnel", way.name, saw));
			assert.equal(code, 1006);
			assert(after < NOTICED_WITHIN_MS);
		});
	}
	console.log(
		`What the client saw when its container was killed\n${table.join("\n")}`,
	);
});

function row(moment: string, way: string, saw: string): string {
	return `${moment.padEnd(24)} ${way.padEnd(17)} ${saw}`;
}
