import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { ConnectRace, OWN_LISTENER } from "../../../src/proxy/connect-race.js";
import { Lookup } from "../../../src/proxy/target-address.js";
import type { UpstreamError } from "../../../src/proxy/upstream-error.js";
import { STOPPED, startBackend } from "../../support/container.js";
import {
	noFullListener,
	startFullListener,
} from "../../support/full-listener.js";

/** The address of a listener in these tests; nothing listens on the others. */
const HERE = "127.0.0.1";
/** Milliseconds; timers may be one too early. */
const DELAY = 249;

interface Result {
	/** The address that won. */
	readonly winner: string | undefined;
	readonly socket: Socket | undefined;
	readonly error: UpstreamError | undefined;
	/** The sockets of all attempts, in order. */
	readonly sockets: readonly Socket[];
	readonly milliseconds: number;
}

/** Runs a race. own: an address of the proxy itself. onDial: called with the number of attempts. */
function race(
	t: TestContext,
	port: number,
	addresses: string[],
	{ own = "", onDial = (_count: number) => {} } = {},
): Promise<Result> {
	const sockets: Socket[] = [];
	const begun = performance.now();
	const result = (socket?: Socket, error?: UpstreamError): Result => ({
		winner: socket?.remoteAddress,
		socket,
		error,
		sockets,
		milliseconds: performance.now() - begun,
	});
	return new Promise((resolve, reject) => {
		const owner = {
			dial: (host: string) => {
				if (host === own) return undefined;
				const socket = connect({ host, port });
				t.after(() => socket.destroy());
				onDial(sockets.push(socket));
				return socket;
			},
			onWon: (socket: Socket) => resolve(result(socket)),
			onAllFailed: (error: UpstreamError) => resolve(result(undefined, error)),
			onDefect: reject,
		};
		const name = { host: "gie-node", addresses };
		new ConnectRace(owner, name, new Lookup(), 5_000).next();
	});
}

test("if the first address connects, no other is tried", async (t) => {
	const { port } = await startBackend(t);
	const { winner, socket, sockets } = await race(t, port, [HERE, "127.0.0.9"]);
	assert.equal(winner, HERE);
	assert.equal(sockets.length, 1);
	// What the race listened to is the next owner's.
	assert.deepEqual(
		["connect", "error"].map((event) => socket?.listenerCount(event)),
		[0, 0],
	);
});

test("an address that refuses is followed at once by the next", async (t) => {
	const { port } = await startBackend(t);
	const addresses = ["127.0.0.7", "127.0.0.8", "127.0.0.9", HERE];
	const times: number[] = [];
	while (times.length < 5) {
		const { winner, milliseconds } = await race(t, port, addresses);
		assert.equal(winner, HERE);
		times.push(milliseconds);
	}
	// The median, so that two pauses of a busy machine are no failure.
	const [, , median = Infinity] = times.toSorted((a, b) => a - b);
	assert.ok(median < DELAY, `${times} ms`);
});

test("an address that does not answer is followed by the next after 250 ms", {
	skip: noFullListener,
}, async (t) => {
	const { port } = await startBackend(t);
	const hanging = ["127.0.0.8", "127.0.0.9"];
	for (const host of hanging) await startFullListener(t, host, port);
	const raced = await race(t, port, [...hanging, HERE]);
	assert.equal(raced.winner, HERE);
	assert.ok(raced.milliseconds >= 2 * DELAY, `${raced.milliseconds} ms`);
	assert.deepEqual(
		raced.sockets.map(({ destroyed }) => destroyed),
		[true, true, false],
	);
});

test("an address that answers late wins, although the next is being tried", {
	skip: noFullListener,
}, async (t) => {
	const late = await startFullListener(t, "127.0.0.9");
	const addresses = ["127.0.0.9", "127.0.0.8"];
	await startFullListener(t, "127.0.0.8", late.port);
	const { winner, sockets } = await race(t, late.port, addresses, {
		onDial: (count) => count === 2 && late.open(),
	});
	assert.equal(winner, "127.0.0.9");
	assert.deepEqual(
		sockets.map(({ destroyed }) => destroyed),
		[false, true],
	);
});

test("if every address refuses, the last failure is reported", async (t) => {
	const { port } = STOPPED;
	const { error } = await race(t, port, ["127.0.0.9", HERE]);
	assert.equal(error?.failure, "unreachable");
	assert.match(error.cause, /ECONNREFUSED 127\.0\.0\.1/);
});

test("a race that is stopped leaves neither sockets nor timers", {
	skip: noFullListener,
}, async (t) => {
	const { port } = await startFullListener(t, "127.0.0.8");
	await startFullListener(t, "127.0.0.9", port);
	const timers = activeTimers();
	const sockets: Socket[] = [];
	const addresses = ["127.0.0.8", "127.0.0.9", HERE];
	await new Promise<void>((resolve) => {
		const owner = {
			dial: (host: string) => {
				const socket = connect({ host, port });
				sockets.push(socket);
				if (sockets.length === 2) setImmediate(stop);
				return socket;
			},
			onWon: () => assert.fail("won"),
			onAllFailed: () => assert.fail("failed"),
			onDefect: assert.fail,
		};
		const name = { host: "gie-node", addresses };
		const stopped = new ConnectRace(owner, name, new Lookup(), 5_000);
		const stop = () => {
			stopped.stop();
			resolve();
		};
		stopped.next();
	});
	assert.deepEqual(
		sockets.map(({ destroyed }) => destroyed),
		[true, true],
	);
	assert.equal(activeTimers(), timers);
});

function activeTimers(): number {
	const kinds = process.getActiveResourcesInfo();
	return kinds.filter((kind) => kind === "Timeout").length;
}

for (const own of ["127.0.0.9", HERE])
	test(`the proxy's own address ${own} is left out, and reported if nothing else connects`, async (t) => {
		const { port } = await startBackend(t);
		const reached = await race(t, port, ["127.0.0.9", HERE, "127.0.0.8"], {
			own,
		});
		assert.equal(reached.winner, own === HERE ? undefined : HERE);
		if (own === HERE) assert.equal(reached.error, OWN_LISTENER);
	});
