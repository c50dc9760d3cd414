import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type TestContext, test } from "node:test";
import {
	anonymous,
	ask,
	connect,
	head,
	request,
	UPGRADE,
} from "../support/client.js";
import {
	OK,
	STOPPED,
	startAnswering,
	startBackend,
} from "../support/container.js";
import {
	type DaemonOptions,
	type LogLine,
	startDaemon,
} from "../support/daemon.js";
import { startDaemonChain } from "../support/proxy.js";

/** The line that an exchange leaves, without what differs from run to run. */
async function lineOf(
	t: TestContext,
	text: string,
	options: DaemonOptions,
): Promise<LogLine> {
	const args = [...(options.args ?? []), "--verbose"];
	const daemon = await startDaemon(t, { ...options, args });
	await ask(t, daemon, text);
	const line = await daemon.logged(({ msg }) => msg === "exchange");
	assert.equal(line.pid, daemon.pid);
	assert.equal(new Date(String(line.time)).toISOString(), line.time);
	assert.ok(Number.isInteger(line.ms) && Number(line.ms) < 60_000);
	const { pid, time, ms, msg, level, ...rest } = line;
	return rest;
}

const session = createHash("sha256").update("abc").digest("hex").slice(0, 8);

test("the line of a served exchange: session, request, target, end", async (t) => {
	const container = await startAnswering(t);
	const text = `${request("POST /a?b", "Content-Length: 3")}abc`;
	const line = await lineOf(t, text, { sessions: { abc: container } });
	assert.deepEqual(line, {
		session,
		method: "POST",
		path: "/a",
		target: `127.0.0.1:${container.port}`,
		status: 200,
		in: 3,
		out: 2,
		termination: "--",
	});
});

test("the line of a refused exchange has no target", async (t) => {
	const line = await lineOf(t, anonymous("GET /a"), {});
	const { method, path, status, termination, target } = line;
	assert.deepEqual(
		[method, path, status, termination, target],
		["GET", "/a", 403, "PR", ""],
	);
});

test("the line of a stopped container gives the cause", async (t) => {
	const sessions = { abc: STOPPED };
	const line = await lineOf(t, request("GET /a"), { sessions });
	assert.deepEqual([line.status, line.termination], [502, "SC"]);
	assert.match(String(line.cause), /ECONNREFUSED/);
});

test("a container that closes without an answer", async (t) => {
	const container = await startBackend(t, async (connection) => {
		await connection.request();
		connection.end();
	});
	const sessions = { abc: container };
	const line = await lineOf(t, request("GET /a"), { sessions });
	assert.deepEqual(
		[line.session, line.status, line.termination],
		[session, 502, "SH"],
	);
});

/** In a path: what would break a line or JSON if it were written as it is. */
const ODD = '/"\\\xc3\xa9\xc2\x85\xef\xbf\xbf{}';

test("every line of the output is one JSON object with time, level, pid and message", async (t) => {
	const daemon = await startDaemon(t, { args: ["--verbose"] });
	let text = "";
	daemon.child.stdout.on("data", (chunk: string) => {
		text += chunk;
	});
	const client = await connect(t, daemon.port);
	await client.send(request(`GET ${ODD}`)).response();
	await client.send("\0\0\r\n\r\n").response();
	client.end();
	assert.equal(await daemon.stop(), 0);
	assert.ok(text.endsWith("\n"));
	const lines = text
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));
	for (const { time, level, pid, msg } of lines) {
		assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
		assert.match(level, /^(info|warn|error)$/);
		assert.deepEqual([pid, typeof msg], [daemon.pid, "string"]);
	}
	const paths = lines.filter(({ msg }) => msg === "exchange");
	assert.deepEqual(
		paths.map(({ path }) => path),
		[ODD, ""],
	);
	assert.equal(lines.at(-1).msg, "stopped");
});

const KEY = "5f3a9c0d1e7b";
const SECRET = `Cookie: galaxysession=${KEY}; token=s3cr3t`;
const QUERY = "?token=t0k3n";

test("no cookie value and no query is in any line, whatever goes wrong", async (t) => {
	const container = await startAnswering(t, ({ target }) =>
		target.startsWith("/bad") ? `${KEY} s3cr3t t0k3n\r\n\r\n` : OK,
	);
	const daemon = await startDaemon(t, {
		sessions: { [KEY]: container, [`${KEY}dead`]: STOPPED },
		args: ["--verbose", "--log-level", "debug"],
	});
	const messages = [
		anonymous(`GET /a${QUERY}`, SECRET),
		anonymous(`GET /bad${QUERY}`, SECRET),
		anonymous(`GET /ws${QUERY}`, ...UPGRADE, SECRET),
		anonymous(`GET /dead${QUERY}`, SECRET.replace(KEY, `${KEY}dead`)),
		anonymous(`GET /unknown${QUERY}`, SECRET.replace(KEY, `${KEY}00`)),
		anonymous(`CONNECT /m${QUERY}`, SECRET),
		anonymous(`GET /two spaces${QUERY}`, SECRET),
		anonymous(`GET /space-in-name${QUERY}`, SECRET.replace(":", " :")),
		head(`GET http://u:${KEY}@h/abs${QUERY} HTTP/1.1`, "Host: h", SECRET),
		head(`GET /version${QUERY} HTTP/3.1`, SECRET),
		head(`${KEY}${QUERY}`, SECRET),
	];
	for (const message of messages) {
		const client = await connect(t, daemon.port);
		await client.send(message).response();
		client.destroy();
	}
	assert.equal(await daemon.stop(), 0);
	const exchanges = daemon.lines.filter(({ msg }) => msg === "exchange");
	assert.equal(exchanges.length, messages.length);
	const all = JSON.stringify(daemon.lines) + daemon.stderr;
	for (const secret of [KEY, "s3cr3t", "t0k3n", "?", "galaxysession"])
		assert.ok(!all.includes(secret), `${secret} in ${all}`);
});

test("without --verbose only failures are logged", async (t) => {
	const { client, daemon } = await startDaemonChain(t, {
		answer: ({ target }) =>
			target === "/bad"
				? "no HTTP\r\n"
				: "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
	});
	await client.send(request("GET /good")).response();
	await client.send(anonymous("GET /nobody")).response();
	await client.send(request("GET /bad")).response();
	await client.send("nonsense\r\n\r\n").response();
	const bad = await daemon.logged(({ path }) => path === "/bad");
	assert.deepEqual(
		[bad.level, bad.msg, bad.termination],
		["warn", "container failed", "PH"],
	);
	const nonsense = await daemon.logged(({ status }) => status === 400);
	assert.equal(nonsense.cause, "request line");
	assert.doesNotMatch(JSON.stringify(daemon.lines), /good|nobody|nonsense/);
});
