import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { type TestContext, test } from "node:test";
import { ask, request, upgrade } from "../support/client.js";
import { type Answering, startAnswering } from "../support/container.js";
import { type StartOptions, startProxy } from "../support/proxy.js";
import { ONE_PROCESS } from "../support/workers.js";

type Target = { host: string; port: number };

/** The outcome of a request, and of an upgrade, to this target: "200", or the fault. */
async function endOf(
	t: TestContext,
	target: Target,
	flags: StartOptions = {},
): Promise<string> {
	const proxy = await startProxy(t, { abc: target }, flags);
	const ends: string[] = [];
	for (const [index, text] of [request("GET /"), upgrade()].entries()) {
		const { status } = await ask(t, proxy, text);
		const { fault } = await proxy.exchange(index);
		const isRefused = fault === "targetNotAllowed" || fault === "targetMissing";
		if (isRefused) assert.equal(status, 502);
		ends.push(fault ?? `${status}`);
	}
	assert.equal(ends[0], ends[1]);
	return ends[0] ?? "";
}

const NEVER = [
	..."169.254.169.254 169.254.0.1 169.254.255.255 255.255.255.255".split(" "),
	..."::ffff:169.254.169.254 ::ffff:a9fe:a9fe fe80::1 febf::1".split(" "),
	..."fd00:ec2::254 224.0.0.1 239.255.255.255 ::ffff:224.0.0.1".split(" "),
	..."ff02::1 ff0e::1 64:ff9b::a9fe:a9fe 64:ff9b::169.254.169.254".split(" "),
	// Other spellings that a resolver accepts.
	..."169.254.43518 0xa9fea9fe 2852039166".split(" "),
];

for (const host of NEVER)
	for (const port of [80, 8888])
		test(`no row reaches ${host} port ${port}, whatever name --allow-target has`, {
			skip: ONE_PROCESS,
		}, async (t) => {
			const target = { host, port };
			assert.equal(await endOf(t, target), "targetNotAllowed");
			const flags = { allowTarget: [host, "localhost"].filter(isName) };
			assert.equal(await endOf(t, target, flags), "targetNotAllowed");
		});

function isName(host: string): boolean {
	return !/[:.]/.test(host) || host === "169.254.43518";
}

/** This machine's addresses: loopback, unspecified, and that of the first interface. */
function ownAddresses(): string[] {
	const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
	const outer = all.find(
		({ family, internal }) => family === "IPv4" && !internal,
	);
	return [
		..."127.0.0.1 127.9.9.9 0.0.0.0 ::1 :: localhost".split(" "),
		..."::ffff:127.0.0.1 ::ffff:0.0.0.0".split(" "),
		...(outer ? [outer.address, `::ffff:${outer.address}`] : []),
	];
}

for (const host of ownAddresses()) {
	test(`no row reaches this machine's services at ${host}`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		for (const port of [1, 22, 80, 443, 1023])
			assert.equal(await endOf(t, { host, port }), "targetNotAllowed");
		// Other ports may be a container's.
		const next = await endOf(t, { host, port: 1025 });
		assert.equal(next, "targetMissing");
	});

	test(`no row reaches Galaxy's port at ${host}`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		const galaxy = await startAnswering(t);
		const { port } = galaxy;
		const flags = { closedPorts: [port] };
		const end = await endOf(t, { host, port }, flags);
		assert.equal(end, "targetNotAllowed");
		assert.equal(galaxy.connections.length, 0);
	});
}

test("services of other machines are not refused", {
	skip: ONE_PROCESS,
}, async (t) => {
	// An unused address (RFC 5737): the connection is tried.
	const target = { host: "192.0.2.1", port: 22 };
	const flags = { connectTimeoutMs: 50, closedPorts: [22] };
	const end = await endOf(t, target, flags);
	assert.notEqual(end, "targetNotAllowed");
});

/** The outcome with --allow-target, where the target's port is closed as Galaxy's. */
async function endWith(t: TestContext, allowTarget: string[], host: string) {
	const galaxy: Answering = await startAnswering(t);
	const { port } = galaxy;
	const flags = { allowTarget, closedPorts: [port] };
	const end = await endOf(t, { host, port }, flags);
	assert.equal(galaxy.connections.length > 0, end === "200");
	return end;
}

for (const [allowed, host, end] of [
	["127.0.0.1", "127.0.0.1", "200"],
	["127.0.0.0/8", "127.0.0.1", "200"],
	["127.0.0.1", "::ffff:127.0.0.1", "200"],
	["127.0.0.1", "localhost", "200"],
	["localhost", "localhost", "targetNotAllowed"],
	["127.0.0.2", "127.0.0.1", "targetNotAllowed"],
] as const)
	test(`--allow-target ${allowed} ${end === "200" ? "opens" : "does not open"} a closed address to a row of ${host}`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		assert.equal(await endWith(t, [allowed], host), end);
	});

const NOT_CLOSED: [list: string[], opened: string[], refused: string[]][] = [
	[
		["127.0.0.1"],
		["127.0.0.1", "::ffff:127.0.0.1", "::ffff:7f00:1", "localhost", "127.1"],
		["127.0.0.2", "0.0.0.0"],
	],
	[
		["127.0.0.0/30", "::1"],
		["127.0.0.1", "localhost"],
		["127.0.0.4", "0.0.0.0"],
	],
	[["localhost"], ["localhost", "LOCALHOST"], ["127.0.0.1"]],
];

for (const [allowTarget, opened, refused] of NOT_CLOSED)
	test(`--allow-target ${allowTarget} allows its targets and no others`, {
		skip: ONE_PROCESS,
	}, async (t) => {
		const { port, connections } = await startAnswering(t);
		for (const host of opened)
			assert.equal(await endOf(t, { host, port }, { allowTarget }), "200");
		const reached = connections.length;
		for (const host of refused)
			assert.equal(
				await endOf(t, { host, port }, { allowTarget }),
				"targetNotAllowed",
			);
		assert.equal(connections.length, reached);
	});

test("an address in --allow-target opens an address that is otherwise closed", {
	skip: ONE_PROCESS,
}, async (t) => {
	const target = { host: "255.255.255.255", port: 8888 };
	const flags = { allowTarget: ["255.255.255.255"], connectTimeoutMs: 50 };
	assert.notEqual(await endOf(t, target, flags), "targetNotAllowed");
});

test("an address in --allow-target does not open our own listener", {
	skip: ONE_PROCESS,
}, async (t) => {
	const proxy = await startProxy(t, {}, { allowTarget: ["127.0.0.0/8"] });
	proxy.routes.set("abc", {
		kind: "target",
		target: { host: "127.0.0.1", port: proxy.port },
	});
	assert.equal((await ask(t, proxy, request("GET /"))).status, 502);
	assert.match((await proxy.exchange(0)).cause, /itself/);
});
