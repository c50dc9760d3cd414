import type { IncomingMessage } from "node:http";
import { type Browser, environmentOf } from "./browser.js";
import type { Allowed } from "./session.js";
import { pauseOr, type Work } from "./shift.js";

/** Server-sent events of one answer, and the milliseconds between two. */
const EVENTS = 40;
const EVERY_MS = 100;

/** Milliseconds that a sleeping tab does not read: most of the answer comes meanwhile. */
const ASLEEP_MS = 3_000;

/** Reads each event as it comes, to the end; every third time it leaves before. */
export function events(browser: Browser): Work {
	return (turn, pausing) => {
		const most = turn % 3 === 2 ? EVENTS / 2 : EVENTS;
		return follow(browser, most, pausing);
	};
}

/** A tab that sleeps: for a while it reads nothing, and the events wait on the way; then it wakes and finds them all. */
export function sleepingEvents(browser: Browser): Work {
	return (_turn, pausing) => follow(browser, EVENTS, pausing, ASLEEP_MS);
}

async function follow(
	browser: Browser,
	most: number,
	pausing: AbortSignal,
	asleepMs = 0,
): Promise<void> {
	const { session, tally } = browser;
	const allowed = session.asked();
	const judge = (outcome: Error, seen: Allowed): void =>
		tally.judge("event streams", seen, outcome, () => false);
	let incoming: IncomingMessage;
	try {
		incoming = await browser.begin(`/events/${EVENTS}/${EVERY_MS}`);
	} catch (error) {
		return judge(error as Error, allowed());
	}
	const name = environmentOf(incoming);
	if (name === "") return await judgeRefusal(browser, incoming, allowed());
	if (asleepMs > 0) await pauseOr(asleepMs, pausing);

	const leave = (): void => void incoming.destroy();
	pausing.addEventListener("abort", leave);
	if (pausing.aborted) leave();
	let seen = 0;
	try {
		for await (const event of eventsOf(incoming)) {
			if (!event.startsWith(`data: ${name} ${seen} `))
				tally.fail(`event streams: event ${seen} of ${name} is ${event}`);
			seen += 1;
			if (seen === most && most < EVENTS) break;
		}
		if (seen === EVENTS && allowed().has(name)) tally.right("event streams");
		else if (seen === most) tally.left("event streams");
		else throw new Error(`an end after ${seen} events`);
	} catch (error) {
		if (pausing.aborted) tally.left("event streams");
		else judge(error as Error, allowed());
	} finally {
		pausing.removeEventListener("abort", leave);
	}
}

async function judgeRefusal(
	browser: Browser,
	incoming: IncomingMessage,
	allowed: Allowed,
): Promise<void> {
	const body = Buffer.concat(await incoming.toArray());
	const status = incoming.statusCode ?? 0;
	const reply = { status, environment: "", body };
	browser.tally.judge("event streams", allowed, reply, () => false);
}

async function* eventsOf(incoming: IncomingMessage): AsyncGenerator<string> {
	let rest = "";
	for await (const text of incoming.setEncoding("latin1")) {
		const parts = (rest + text).split("\n\n");
		rest = parts.pop() ?? "";
		yield* parts;
	}
}
