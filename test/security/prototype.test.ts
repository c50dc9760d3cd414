import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import {
	anonymous,
	connect,
	type Fields,
	head,
	request,
	values,
} from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";
import { scratchFolder } from "../support/folders.js";
import { startGalaxyMap } from "../support/session-map.js";
import { CHUNKED, LAST_CHUNK } from "./attack.js";

const NAMES =
	"__proto__ constructor prototype toString hasOwnProperty valueOf".split(" ");
const LINES = NAMES.map((name) => `${name}: 1`);
const ANSWER = `${head("HTTP/1.1 200 OK", ...LINES, CHUNKED)}2\r\nok\r\n${LAST_CHUNK.slice(0, 3)}${LINES.join("\r\n")}\r\n\r\n`;

function named(fields: Fields): string[] {
	return NAMES.flatMap((name) => values(fields, name));
}

for (const map of ["map.sqlite", "map.json"])
	test(`names of Object.prototype (CVE-2026-21710) are names like others, as cookie, session and field: ${map}`, async (t) => {
		const container = await startAnswering(t, ANSWER);
		const galaxy = startGalaxyMap(t, join(scratchFolder(t), map));
		await galaxy.put("abc", container.host, container.port);
		const { port } = await startDaemon(t, { map: galaxy.path });
		const client = await connect(t, port);
		for (const name of NAMES) {
			const text = anonymous("GET /", `Cookie: galaxysession=${name}`);
			assert.equal((await client.send(text).response()).status, 403, name);
		}
		const cookies = NAMES.map((name) => `${name}=1`).join("; ");
		client.send(request("GET /", ...LINES, `Cookie: ${cookies}`));
		const { status, headers, trailers } = await client.response();
		assert.equal(status, 200);
		assert.equal(named(headers).length, NAMES.length);
		assert.equal(named(trailers).length, NAMES.length);
		const [received] = container.requests;
		assert.equal(named(received?.headers ?? []).length, NAMES.length);
		assert.deepEqual(values(received?.headers ?? [], "Cookie"), [cookies]);

		await galaxy.put("__proto__", container.host, container.port);
		const text = anonymous("GET /", "Cookie: galaxysession=__proto__");
		assert.equal((await client.send(text).response()).status, 200);
	});
