import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { type TestContext, test } from "node:test";
import { readDatabase } from "../../../src/config/database.js";
import { connectOnce } from "../../../src/session-map/postgres/connect.js";
import { makeAuthority } from "../../support/certificates.js";
import { noPostgres, startPostgres } from "../../support/postgres.js";

const skip = noPostgres();
const ORIGIN = { source: "flag", name: "--sessions" } as const;
const FORBIDDEN = /authenticates by .*require_auth=.* forbids/;
const UNBOUND = /does not offer channel binding/;

/** Starts a server that authenticates in this way, and tries parameters: they succeed, or fail with the message. */
async function check(
	t: TestContext,
	way: string,
	cases: Record<string, RegExp | undefined>,
): Promise<void> {
	const server = await startPostgres(t, {
		tls: makeAuthority(t).issue("localhost"),
		hba: [`host all all all ${way}`],
		password: "hunter2",
		conf: [
			`password_encryption = ${way === "md5" ? "md5" : "'scram-sha-256'"}`,
		],
	});
	for (const [query, message] of Object.entries(cases)) {
		const params = Object.fromEntries(new URLSearchParams(query));
		const env = { HOME: "/nowhere", PGCONNECT_TIMEOUT: "10" };
		const database = readDatabase(server.url(params), env, ORIGIN);
		const connected = connectOnce(database).then((client) => client.end());
		if (message === undefined) await connected;
		else await assert.rejects(connected, message, `${way} ${query}`);
	}
}

test("scram-sha-256, bound to the channel where there is TLS", { skip }, (t) =>
	check(t, "scram-sha-256", {
		"channel_binding=require": undefined,
		"channel_binding=require&sslmode=disable": UNBOUND,
		"require_auth=scram-sha-256": undefined,
		"require_auth=!password,!none": undefined,
		"require_auth=md5,none": FORBIDDEN,
		"require_auth=!scram-sha-256": FORBIDDEN,
	}),
);

test("a password in plain text", { skip }, (t) =>
	check(t, "password", {
		"": undefined,
		"channel_binding=require": UNBOUND,
		"require_auth=password": undefined,
		"require_auth=scram-sha-256": FORBIDDEN,
	}),
);

test("md5", { skip }, (t) =>
	check(t, "md5", {
		"": undefined,
		"require_auth=md5": undefined,
		"require_auth=!md5": FORBIDDEN,
	}),
);

test("a server that asks for nothing", { skip }, (t) =>
	check(t, "trust", {
		"": undefined,
		"require_auth=none": undefined,
		"require_auth=!none": FORBIDDEN,
		"channel_binding=require": UNBOUND,
	}),
);

/** AuthenticationCleartextPassword (postgresql.org/docs/current/protocol-message-formats.html). */
const ASK_IN_PLAIN_TEXT = Buffer.from("520000000800000003", "hex");

test("a forbidden way of asking gets no password", async (t) => {
	let received = "";
	const server = createServer((socket) => {
		socket.on("error", () => {});
		socket.once("data", () => socket.write(ASK_IN_PLAIN_TEXT));
		socket.on("data", (bytes) => {
			received += bytes.toString("latin1");
		});
		socket.once("close", () => server.close());
	});
	await once(server.listen(0, "127.0.0.1"), "listening");
	t.after(() => server.close());
	const closed = once(server, "close");
	const { port } = server.address() as AddressInfo;
	const url = `postgresql://galaxy:hunter2@127.0.0.1:${port}/map?sslmode=disable&require_auth=scram-sha-256`;
	const database = readDatabase(url, { HOME: "/nowhere" }, ORIGIN);
	await assert.rejects(connectOnce(database), FORBIDDEN);
	await closed;
	assert.match(received, /galaxy/);
	assert.doesNotMatch(received, /hunter2/);
});
