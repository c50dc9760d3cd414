import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { connect, type RawClient } from "../../../support/client.js";
import { askThrough } from "./answers.js";
import { poll, sockets } from "./live.js";
import type { Asked, Exchanges } from "./messages.js";
import type { RealServer } from "./server.js";

/** A real server, whose own answers are known, behind a daemon. */
export interface Scene {
	readonly t: TestContext;
	readonly server: RealServer;
	readonly exchanges: Exchanges;
	/** The server's port. */
	readonly direct: number;
	/** The daemon's port. */
	readonly port: number;
}

/** Milliseconds for a page of six files from a server that serves one connection at a time. */
const SINGLE_PAGE_MS = 500;
const LOADS = 3;

/** By the kind of traffic; each resolves with its cell of the table. */
export const CHECKS: Record<string, (scene: Scene) => Promise<string>> = {
	"page of six files": loads,
	"requests on one connection": inTurn,
	posts,
	uploads,
	refused,
	WebSocket: sockets,
	"long polling": poll,
};

/** As a browser loads it: six files at once. */
async function loads({ t, server, exchanges, port }: Scene): Promise<string> {
	const times: number[] = [];
	for (let n = 0; n < LOADS; n++) {
		const began = performance.now();
		await atOnce(t, port, exchanges.page);
		times.push(Math.round(performance.now() - began));
	}
	if (server.isSingle)
		for (const ms of times)
			assert.ok(ms < SINGLE_PAGE_MS, `the loads took ${times.join(", ")} ms`);
	return `${times.join(", ")} ms`;
}

async function inTurn({ t, exchanges, port }: Scene): Promise<string> {
	const { page, others } = exchanges;
	const client = await connect(t, port);
	for (const asked of page) await same(client, asked);
	const seen: string[] = [];
	for (const asked of others) {
		seen.push(await same(client, asked));
		await same(client, page[0]);
	}
	return seen.join(", ");
}

/** After each of them, requests on the same client's connection and on others. */
async function posts({ t, exchanges, port }: Scene): Promise<string> {
	const { page } = exchanges;
	const client = await connect(t, port);
	const seen = new Set<string>();
	for (let n = 0; n < LOADS; n++)
		for (const asked of exchanges.posts) {
			seen.add(await same(client, asked));
			await same(client, page[0]);
			await atOnce(t, port, [asked, ...page.slice(1), asked]);
		}
	return [...seen].join(", ");
}

async function uploads({ t, exchanges, port }: Scene): Promise<string> {
	const client = await connect(t, port);
	const seen: string[] = [];
	for (const asked of exchanges.uploads) {
		const kind = asked[0].isChunked ? "chunked" : "length";
		seen.push(`${kind} ${await same(client, asked)}`);
		await same(client, exchanges.page[0]);
	}
	return seen.join(", ");
}

/** The answer must arrive whatever the server does to the rest of the upload. */
async function refused({ t, exchanges, port }: Scene): Promise<string> {
	const seen = new Set<string>();
	for (let n = 0; n < LOADS; n++)
		for (const asked of exchanges.refused) {
			seen.add(await same(await connect(t, port), asked));
			await atOnce(t, port, exchanges.page);
		}
	return [...seen].join(", ");
}

/** Each on a connection of its own. */
async function atOnce(
	t: TestContext,
	port: number,
	asked: readonly Asked[],
): Promise<void> {
	await Promise.all(
		asked.map(async (each) => {
			const client = await connect(t, port);
			await same(client, each);
			client.end();
		}),
	);
}

/** The answer must be the one that the server gave directly; resolves with its status. */
async function same(
	client: RawClient,
	asked: Asked | undefined,
): Promise<string> {
	assert.ok(asked);
	const [message, answer] = asked;
	const { method, path } = message;
	assert.deepEqual(
		await askThrough(client, message),
		answer,
		`${method} ${path}`,
	);
	return String(answer.status);
}
