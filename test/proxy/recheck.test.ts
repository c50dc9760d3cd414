import assert from "node:assert/strict";
import { test } from "node:test";
import { UNREADABLE } from "../../src/route.js";
import { startBackend } from "../support/container.js";
import { startProxy } from "../support/proxy.js";
import {
	openThrough,
	openTunnel,
	switchProtocols,
} from "./tunnel/open-tunnel.js";

/** Two full turns of a recheck, and a half one. */
const COUNT = 250;

test("of many sessions' tunnels, those of the removed ones end and no others", async (t) => {
	const container = await startBackend(t, switchProtocols);
	const keys = Array.from({ length: COUNT }, (_, n) => `s${n}`);
	const sessions = Object.fromEntries(keys.map((key) => [key, container]));
	const proxy = await startProxy(t, sessions);
	const tunnels = [];
	for (const key of keys) tunnels.push(await openThrough(t, proxy.port, key));
	const [kept, ...removed] = tunnels;
	for (const key of keys.slice(1)) proxy.routes.delete(key);
	proxy.proxy.recheck();
	await Promise.all(removed.map((client) => client.closed));
	assert.equal(kept?.ending, undefined);
	assert.equal(proxy.exchanges.length, COUNT - 1);
});

test("a change during a recheck is not overlooked", async (t) => {
	const container = await startBackend(t, switchProtocols);
	const keys = Array.from({ length: COUNT }, (_, n) => `s${n}`);
	const sessions = Object.fromEntries(keys.map((key) => [key, container]));
	const proxy = await startProxy(t, sessions);
	const first = await openThrough(t, proxy.port, "s0");
	for (const key of keys.slice(1)) await openThrough(t, proxy.port, key);
	proxy.proxy.recheck();
	// The first hundred were looked at.
	proxy.routes.delete("s0");
	proxy.proxy.recheck();
	await first.closed;
});

test("an unreadable map ends no exchange", async (t) => {
	const { client, container, proxy } = await openTunnel(t);
	proxy.routes.set("abc", UNREADABLE);
	proxy.proxy.recheck();
	container.send("still");
	await client.until("still");
});
