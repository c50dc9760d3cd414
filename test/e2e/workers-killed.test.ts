import assert from "node:assert/strict";
import { test } from "node:test";
import { startGroup } from "../support/group.js";
import {
	type Load,
	startLoad,
	startLoadContainer,
} from "../support/steady-load.js";

/** New connections, each with one request: a worker that ends can lose no more than what it has accepted. */
const KINDS = ["get-new", "post-new"] as const;
const RATE = 1_000;
const KILLS = 6;
/** Milliseconds between two kills: three deaths within ten seconds end the supervisor. */
const BETWEEN_MS = 5_100;
/** Milliseconds that a signal to another process may take, and the clock's own step. */
const SIGNAL_MS = 5;

/** The times of the clock before and after a signal was sent. */
interface Signalled {
	readonly from: number;
	readonly to: number;
}

function signalTo(pid: number, signal: NodeJS.Signals): Signalled {
	const from = Date.now();
	process.kill(pid, signal);
	return { from, to: Date.now() };
}
/** Requests that show that the load goes on. */
const SOME = 50;

test("kills of a worker lose no more than the requests that it had in hand, and the spare takes its place", async (t) => {
	const container = await startLoadContainer(t);
	const group = await startGroup(t, { sessions: { abc: container } });
	const load = await startLoad(t, {
		port: group.port,
		kinds: KINDS,
		rate: RATE,
	});
	const times: number[] = [];
	const kills: Signalled[] = [];
	const spares: number[] = [];
	for (let kill = 0; kill < KILLS; kill++) {
		await goesOn(load, BETWEEN_MS);
		const pid = group.pidOf(1 + (kill % 2));
		const spare = await group.spare(...spares);
		spares.push(spare);
		kills.push(signalTo(pid, "SIGKILL"));
		const killed = performance.now();
		const successor = await group.successorOf(pid);
		times.push(Math.round(performance.now() - killed));
		assert.equal(successor, spare);
	}
	await load.until(SOME);
	const { sent, lost, losses, latency } = await load.stop();
	t.diagnostic(
		`${lost} of ${sent} lost, successors ready after ${times} ms, p99 ${latency.p99.toFixed(1)} ms`,
	);
	assert.equal(losses.length, lost);
	for (const loss of losses)
		assert.ok(
			kills.some((at) => wasInHand(loss, at)),
			JSON.stringify({ loss, kills }),
		);
	const ended = ({ msg = "" }) =>
		msg === "a worker died; another one takes its place";
	assert.equal(group.daemon.lines.filter(ended).length, KILLS);
});

test("while a worker hangs the others serve; it is killed after ten seconds and replaced", async (t) => {
	const container = await startLoadContainer(t);
	const group = await startGroup(t, { sessions: { abc: container } });
	const pid = group.pidOf(1);
	const load = await startLoad(t, {
		port: group.port,
		kinds: KINDS,
		rate: RATE / 2,
	});
	const stopped = performance.now();
	const at = signalTo(pid, "SIGSTOP");
	const hangs = ({ msg = "", workerPid = 0 }) =>
		msg === "a worker does not respond and is killed" && workerPid === pid;
	await goesOn(load, BETWEEN_MS);
	assert.ok(!group.daemon.lines.some(hangs), "the others serve meanwhile");
	await group.daemon.logged(hangs);
	const killed = performance.now() - stopped;
	await group.successorOf(pid);
	await load.until(SOME);
	const { sent, lost, losses, latency } = await load.stop();
	t.diagnostic(
		`killed after ${Math.round(killed)} ms, ${lost} of ${sent} lost, p99 ${latency.p99.toFixed(1)} ms`,
	);
	assert.ok(killed > 8_000, `${killed} ms`);
	assert.equal(losses.length, lost);
	for (const loss of losses)
		assert.ok(wasInHand(loss, at), JSON.stringify({ loss, at }));
});

/** Whether the request was under way when the signal was sent: another worker takes each later one. */
function wasInHand(
	{ at, sent }: { at: number; sent: number },
	{ from, to }: Signalled,
): boolean {
	return sent <= to + SIGNAL_MS && at >= from - SIGNAL_MS;
}

/** The load is answered for so long. */
async function goesOn(load: Load, milliseconds: number): Promise<void> {
	const until = performance.now() + milliseconds;
	while (performance.now() < until) await load.until(SOME);
}
