import { connect } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type Asking, outcomeOf } from "./container-response.js";
import type { Patience } from "./patience.js";
import type { Random } from "./random.js";
import { type Planned, ReplyingContainer } from "./replying-container.js";
import {
	type Asked,
	type ResponseCase,
	ResponseClient,
	requestOf,
} from "./response-client.js";
import { type Reply, responseText } from "./response-grammar.js";
import { cutsOf } from "./sockets.js";
import { type Subject, startSubject } from "./subject.js";

/** Longest response with surplus bytes after it: the proxy reads them together, and so before it reuses the connection. */
const ONE_READ = 3_900;

const SESSIONS = ["se551onA", "se551onB"];

/** Two sessions at one container, as with reused ports; several clients run cases in each at the same time. */
export class ResponseLane {
	readonly #container = new ReplyingContainer();
	#subject: Subject | undefined;
	#serial = 0;

	readonly #patience: Patience;

	constructor(patience: Patience) {
		this.#patience = patience;
	}

	async start(): Promise<this> {
		await this.#container.listen();
		this.#subject = await startSubject({ keepAlive: "always" });
		const target = { host: "127.0.0.1", port: this.#container.port };
		for (const session of SESSIONS) this.#subject.sessions.set(session, target);
		return this;
	}

	stop(): void {
		this.#subject?.stop();
		this.#container.close();
	}

	make(random: Random): ResponseCase {
		const asked: Asked[] = [];
		do asked.push(this.#ask(random));
		while (asked.length < 6 && !asked.at(-1)?.upgrades && random.chance(0.7));
		const text = asked.map((one) => requestOf(one, "")).join("");
		return {
			asked,
			cuts: random.chance(0.5) ? cutsOf(random, text) : null,
			leavesAfter: random.chance(0.08) ? random.below(300) : null,
		};
	}

	#ask(random: Random): Asked {
		// Of one length: a case is the same whatever the other clients have done.
		const serial = `${++this.#serial}`.padStart(7, "0");
		const number = `${serial}n${random.word(6)}`;
		const upgrades = random.chance(0.05);
		const minor = !upgrades && random.chance(0.08) ? 0 : 1;
		const methods = ["GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "DELETE"];
		const method = upgrades ? "GET" : random.pick(methods);
		const asking = { isHead: method === "HEAD", minor, upgrades };
		const keeps = random.chance(0.95);
		const reply = replyTo(number, asking, random);
		// A reset after a request with a body may be the end of an answer: the container has not read that body.
		const { framing } = outcomeOf(reply.bytes, asking, "open");
		if (method === "POST" && framing === "close" && reply.ending === "rst")
			reply.ending = "fin";
		return { number, method, minor, upgrades, keeps, reply };
	}

	/** client: the number of the client among those that run at the same time. */
	async judge(made: ResponseCase, client: number): Promise<string[]> {
		const session = SESSIONS[client % SESSIONS.length] ?? "";
		const planned = made.asked.map((one) => this.#plan(one));
		const socket = connect({
			host: "127.0.0.1",
			port: this.#subject?.port ?? 0,
			noDelay: true,
		});
		const talk = new ResponseClient(socket, made, planned);
		const relax = this.#patience.wait(() => talk.giveUp());
		await talk.run(session);
		relax();
		for (let turn = 0; turn < 3; turn++) await nextTurn();
		for (const { number } of made.asked) this.#container.plans.delete(number);
		const faults = this.#subject?.takeFaults() ?? [];
		return [...talk.problems, ...this.#container.problems.splice(0), ...faults];
	}

	#plan({ number, method, minor, upgrades, reply }: Asked): Planned {
		const asking = { isHead: method === "HEAD", minor, upgrades };
		const outcome = outcomeOf(reply.bytes, asking, reply.ending);
		const plan = { ...reply, outcome, asked: 0, lost: false };
		this.#container.plans.set(number, plan);
		return plan;
	}
}

/** An incomplete response needs an end, since otherwise everything waits for the rest. */
function replyTo(number: string, asking: Asking, random: Random): Reply {
	const silent = random.chance(0.02);
	let bytes = silent ? "" : responseText(number, asking, random);
	const open = outcomeOf(bytes, asking, "open");
	const needsEnd = open.rule === "incomplete" || open.kind === "tunnel";
	const ending =
		needsEnd || random.chance(0.05)
			? random.pick(["fin", "fin", "rst"] as const)
			: "open";
	let cuts = cutsOf(random, bytes);
	if (open.kind === "whole" && open.end < bytes.length) {
		if (bytes.length > ONE_READ) bytes = bytes.slice(0, open.end);
		cuts = cuts.filter((cut) => cut < open.end);
	}
	return { bytes, cuts, ending };
}
