import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { WebSocket } from "ws";
import { ANNOUNCED_BYTES, Container } from "./support/container.js";
import { type Curled, curl } from "./support/curl.js";
import { startNginx } from "./support/fronts.js";
import { Galaxy } from "./support/galaxy.js";
import { startGalaxyPage } from "./support/galaxy-page.js";
import { BASE } from "./support/jupyter.js";
import { placeFor } from "./support/place.js";
import { newSession } from "./support/site.js";

/** A container is gone at once; what the client sees of it takes a moment, but no timeout is waited for: the shortest is 30 s. */
const SEEN_WITHIN_MS = 15_000;
const UPLOAD_BYTES = 8_000_000;

const missing = (seen: Curled) =>
	seen.exit === 0 && seen.status === 502 && seen.bytes > 0;
const short = (seen: Curled) =>
	[18, 56].includes(seen.exit) && seen.bytes < ANNOUNCED_BYTES;
/** curl may be told before it has sent all, or meet the closed connection first. */
const failed = (seen: Curled) =>
	seen.status === 502 || [52, 55, 56].includes(seen.exit);

const CASES: {
	name: string;
	path: string;
	args: string[];
	isRight: (seen: Curled) => boolean;
}[] = [
	{ name: "before the head", path: "silent", args: [], isRight: missing },
	{ name: "mid-body, with a length", path: "length", args: [], isRight: short },
	{ name: "mid-body, chunked", path: "chunked", args: [], isRight: short },
	{
		name: "mid-upload",
		path: "upload",
		args: ["--data-binary", "@UPLOAD"],
		isRight: failed,
	},
];

test("a container killed at any moment is seen by the client as a failure, never as a whole answer", async (t) => {
	const place = placeFor(t, "container-killed");
	const key = newSession();
	const galaxy = await Galaxy.open(place);
	await galaxy.launch({ key, host: "127.0.0.1", port: 1 });
	const { proxyPort } = galaxy;
	const nginxPort = await startNginx(place, {
		proxyPort,
		galaxyPort: await startGalaxyPage(place, key),
	});
	const upload = place.file("upload");
	writeFileSync(upload, Buffer.alloc(UPLOAD_BYTES));
	const ways = [
		{ name: "direct", port: proxyPort, args: [] },
		{ name: "direct, HTTP/1.0", port: proxyPort, args: ["--http1.0"] },
		{ name: "nginx", port: nginxPort, args: [] },
	];
	const table: string[] = [];

	const launch = async (): Promise<Container> => {
		const container = await Container.start(place);
		await galaxy.write({ key, host: "127.0.0.1", port: container.port });
		return container;
	};

	for (const { name, path, args, isRight } of CASES) {
		for (const way of ways) {
			await t.test(`${name}, ${way.name}`, async () => {
				const container = await launch();
				const url = `http://localhost:${way.port}${BASE}${path}`;
				const words = [
					...way.args,
					...args.map((word) => word.replace("UPLOAD", upload)),
					url,
				];
				const answer = curl(place, key, path, words);
				assert.equal(await container.said(), path);
				await container.kill();
				const killed = performance.now();
				const seen = await answer;
				const after = Math.round(performance.now() - killed);
				const saw = `curl ${seen.exit}, status ${seen.status}, ${seen.bytes} bytes, after ${after} ms`;
				table.push(row(name, way.name, saw));
				assert(isRight(seen), saw);
				assert(after < SEEN_WITHIN_MS, saw);
			});
		}
	}

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
			table.push(
				row(
					"mid-tunnel",
					way.name,
					`WebSocket close ${code}, after ${after} ms`,
				),
			);
			assert.equal(code, 1006);
			assert(after < SEEN_WITHIN_MS);
		});
	}
	console.log(
		`What the client saw when its container was killed\n${table.join("\n")}`,
	);
});

function row(moment: string, way: string, saw: string): string {
	return `${moment.padEnd(24)} ${way.padEnd(17)} ${saw}`;
}
