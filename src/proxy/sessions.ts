import { setImmediate as turn } from "node:timers/promises";
import type { Load, SessionLoad } from "../exchange-record.js";
import type { FaultCode } from "../faults.js";
import type { Group } from "../group.js";
import { authorityOf } from "../http1/request-head.js";
import type { OpenConnection, Route, SessionTarget, Target } from "../route.js";
import { faultOf } from "../routing/admission.js";
import type { Peer } from "../routing/container-request.js";
import { ownTimeOf, steadyOf } from "../steady-clock.js";
import type { Admission } from "../tool-owners.js";
import type { Context } from "./context.js";
import {
	ActiveList,
	Concurrency,
	type FirstRefusals,
	type KnownTarget,
	Pool,
} from "./pool.js";

/** Sessions that are rechecked in one turn of the event loop: each takes some 15 microseconds with a million rows. */
const RECHECKED_A_TURN = 20;

/** The routes that end exchanges in flight, and why. With any other route they may go on. */
const WITHDRAWN: Partial<Record<Route["kind"], string>> = {
	unknown: "the session's row is gone",
	ended: "a row that was written later leads to the same address",
	contested: "several rows lead to the same address",
};

// Longer than 300 lines: all that is remembered of sessions is in one place.
/** The state of all sessions: their pools, targets that answered, waits for a launch. */
export class Sessions {
	readonly waiting = new WaitingSessions();
	readonly #pools = new Map<string, Pool>();
	readonly #answers = new LastAnswers();
	readonly #context: Context;
	#recheck: "none" | "running" | "running, then again" = "none";

	constructor(context: Context) {
		this.#context = context;
	}

	/** For a worker: the others know of this one's answers. */
	share(group: Group): void {
		this.#answers.share(group);
	}

	/** The session's pool. A former pool with another target closes its idle connections and finishes its exchanges. */
	poolFor(sessionKey: string, target: Target): Pool {
		const known = this.#pools.get(sessionKey);
		if (known?.serves(target)) return known;
		known?.replaced();
		const active = known?.active ?? new ActiveList();
		const remembered = this.#answers.of(sessionKey, target);
		const pool = new Pool(this.#context, remembered, active, (unused) => {
			if (this.#pools.get(sessionKey) === unused)
				this.#pools.delete(sessionKey);
		});
		this.#pools.set(sessionKey, pool);
		return pool;
	}

	/** Sessions that no other client has: their client is gone. */
	drop(sessionKeys: Iterable<string>): void {
		for (const sessionKey of sessionKeys) {
			this.#pools.get(sessionKey)?.replaced();
			this.#pools.delete(sessionKey);
		}
	}

	/** By session, its oldest connection that shows that its container is there. */
	*connections(): Generator<OpenConnection> {
		for (const [sessionKey, pool] of this.#pools) {
			const openedAt = pool.connectedSince();
			if (openedAt === undefined) continue;
			const refusals = pool.refusalsBefore(openedAt);
			yield { sessionKey, target: pool.target, openedAt, refusals };
		}
	}

	load(): Omit<Load, "clients"> {
		const sessions: SessionLoad[] = [];
		let idle = 0;
		for (const [key, pool] of this.#pools) {
			idle += pool.idleConnections;
			if (pool.active.size > 0) sessions.push(pool.load(key));
		}
		return { idle, sessions };
	}

	/** The session map changed: ends the exchanges of sessions that are gone. */
	recheck(): void {
		if (this.#recheck !== "none") {
			this.#recheck = "running, then again";
			return;
		}
		this.#recheck = "running";
		const targets = [...this.#pools].map(
			([key, pool]) => [key, pool.target] as const,
		);
		void this.#recheckAll(targets);
	}

	/** A few at a time, so that requests go on meanwhile. */
	async #recheckAll(targets: SessionTarget[]): Promise<void> {
		const { recheckedAtOnce = RECHECKED_A_TURN } = this.#context;
		while (targets.length > 0) {
			const some = targets.splice(0, recheckedAtOnce);
			const changed = this.#context.mayHaveChanged(some);
			const keys = changed instanceof Promise ? await changed : changed;
			for (const key of keys) {
				const route = this.#context.find(key);
				if (route instanceof Promise)
					void route.then((late) => this.#apply(key, late));
				else this.#apply(key, route);
			}
			if (targets.length > 0) await turn();
		}
		const again = this.#recheck === "running, then again";
		this.#recheck = "none";
		if (again) this.recheck();
	}

	#apply(key: string, route: Route): void {
		const pool = this.#pools.get(key);
		if (pool === undefined) return;
		if (route.kind === "target") {
			if (!pool.leadsTo(route.target)) pool.retire();
			return;
		}
		const reason = WITHDRAWN[route.kind];
		if (reason === undefined) return;
		pool.retire();
		const code = faultOf(route.kind, this.#context.options.mode);
		pool.active.withdraw(reason, code);
		this.#answers.forget(key);
		this.#context.owners?.forget(key);
	}

	/** The admissions of exchanges and tunnels in flight, each of them once or more. */
	*admissions(): Iterable<Admission> {
		for (const { active } of this.#pools.values())
			for (const { admission } of active)
				if (admission !== undefined) yield admission;
	}

	/** Ends the exchanges and tunnels of one user of a tool. */
	withdraw({ id, sessionKey }: Admission, code: FaultCode): void {
		const reason = "Galaxy does not admit this user any more";
		this.#pools.get(sessionKey)?.active.withdraw(reason, code, id);
	}

	/** Ends the idle connections; for the end of the daemon. */
	retireAll(): void {
		for (const pool of this.#pools.values()) pool.retire();
	}
}

/** Remembered sessions: more than a Galaxy has in a day, at some hundred bytes each. */
const REMEMBERED_ANSWERS = 10_000;

/** Milliseconds between two words to other workers about one target: pages show minutes. */
const TELL_AGAIN_MS = 60_000;

/** An answer of a session's target, as workers tell it. */
interface ToldAnswer extends Target {
	/** Of the steady clock. */
	readonly at: number;
}

/** Of connections that a session's target refused, as workers tell it: times of the steady clock. */
interface ToldRefusals extends Target {
	readonly ever: number;
	/** null: it had not answered before. */
	readonly afterAnswer: number | null;
}

/** Outlives connections: a user who returns to a tab after hours sees when the container last answered. */
export class LastAnswers {
	readonly #bySession = new Map<string, KnownTarget>();
	readonly #byTarget = new Map<string, Concurrency>();
	/** In a worker. */
	#group: Group | undefined;

	/** From now on all workers know when a container last answered, but for a minute, and when it first refused connections. */
	share(group: Group): void {
		this.#group = group;
		group.onFact("refused", ({ key, value }) => {
			if (value !== undefined) this.#hearRefusals(key, value as ToldRefusals);
		});
		group.onFact("answered", ({ key, value }) => {
			if (value === undefined) this.#drop(key);
			else this.#hear(key, value as ToldAnswer);
		});
	}

	/** The session is gone: the next one under its key is another container. */
	forget(sessionKey: string): void {
		this.#drop(sessionKey);
		this.#group?.tell({ kind: "answered", key: sessionKey });
		this.#group?.tell({ kind: "refused", key: sessionKey });
	}

	#drop(sessionKey: string): void {
		this.#bySession.get(sessionKey)?.concurrency.forget();
		this.#bySession.delete(sessionKey);
	}

	#hear(sessionKey: string, { host, port, at }: ToldAnswer): void {
		const answeredAt = ownTimeOf(at);
		const known = this.#bySession.get(sessionKey);
		if (known && known.answeredAt !== 0 && known.answeredAt >= answeredAt)
			return;
		this.of(sessionKey, { host, port }).answeredAt = answeredAt;
	}

	#hearRefusals(sessionKey: string, told: ToldRefusals): void {
		const { refusals } = this.of(sessionKey, told);
		refusals.ever = Math.min(refusals.ever, ownTimeOf(told.ever));
		if (told.afterAnswer === null) return;
		const afterAnswer = ownTimeOf(told.afterAnswer);
		refusals.afterAnswer = Math.min(refusals.afterAnswer, afterAnswer);
	}

	/** The session's target with its last answer; a former target of the session is forgotten. */
	of(sessionKey: string, { host, port }: Target): KnownTarget {
		const known = this.#bySession.get(sessionKey);
		const isSame = known?.host === host && known.port === port;
		const concurrency = this.#concurrencyOf(authorityOf({ host, port }));
		const target = isSame
			? known
			: {
					host,
					port,
					answeredAt: 0,
					concurrency,
					tell: this.#teller(sessionKey, { host, port }),
					refusals: this.#refusalsOf(sessionKey, { host, port }),
				};
		if (!isSame) concurrency.onNewSession();
		putLast(this.#bySession, sessionKey, target, REMEMBERED_ANSWERS);
		return target;
	}

	#teller(key: string, { host, port }: Target): KnownTarget["tell"] {
		const group = this.#group;
		if (group === undefined) return undefined;
		let toldAt = Number.NEGATIVE_INFINITY;
		return (now) => {
			if (now - toldAt < TELL_AGAIN_MS) return;
			toldAt = now;
			const value: ToldAnswer = { host, port, at: steadyOf(now) };
			group.tell({ kind: "answered", key, value });
		};
	}

	#refusalsOf(key: string, { host, port }: Target): FirstRefusals {
		const never = Number.POSITIVE_INFINITY;
		const group = this.#group;
		const tell = (): void => {
			const { ever, afterAnswer } = refusals;
			const value: ToldRefusals = {
				host,
				port,
				ever: steadyOf(ever),
				afterAnswer: afterAnswer === never ? null : steadyOf(afterAnswer),
			};
			group?.tell({ kind: "refused", key, value });
		};
		const refusals: FirstRefusals = {
			ever: never,
			afterAnswer: never,
			tell: group && tell,
		};
		return refusals;
	}

	#concurrencyOf(authority: string): Concurrency {
		const concurrency = this.#byTarget.get(authority) ?? new Concurrency();
		putLast(this.#byTarget, authority, concurrency, REMEMBERED_ANSWERS);
		return concurrency;
	}
}

/** Far more than ever wait for a launch at the same time. */
const REMEMBERED_WAITS = 1_000;

/** Sessions whose rows are not ready, with the time of each one's first request. */
export class WaitingSessions {
	readonly #bySession = new Map<string, { launch: string; since: number }>();

	/** When the session first asked for this launch (as in route.ts), in milliseconds of performance.now(). */
	since(sessionKey: string, launch: string): number {
		const known = this.#bySession.get(sessionKey);
		if (known?.launch === launch) return known.since;
		const since = performance.now();
		const wait = { launch, since };
		putLast(this.#bySession, sessionKey, wait, REMEMBERED_WAITS);
		return since;
	}

	end(sessionKey: string): void {
		if (this.#bySession.size > 0) this.#bySession.delete(sessionKey);
	}
}

/** Makes the entry the youngest one; beyond `most` the oldest is removed. */
function putLast<Value>(
	map: Map<string, Value>,
	key: string,
	value: Value,
	most: number,
): void {
	map.delete(key);
	map.set(key, value);
	if (map.size <= most) return;
	const [oldest] = map.keys();
	if (oldest !== undefined) map.delete(oldest);
}

/** How many clients were refused because a session or an address had its share. */
export interface ShareRefusals {
	readonly sessions: number;
	readonly addresses: number;
}

/**
 * Divides the places for clients: a session gets at most half of them, a peer at most a quarter for connections without
 * a session. Trusted peers are front proxies, which carry everybody's requests: they have no share, and count towards a
 * session only while they carry its requests.
 */
export class FairShares {
	readonly #sessions: Share;
	readonly #addresses: Share;

	constructor(maxClients: number) {
		this.#sessions = new Share(Math.max(1, Math.floor(maxClients / 2)));
		this.#addresses = new Share(Math.max(1, Math.floor(maxClients / 4)));
	}

	get refusals(): ShareRefusals {
		return {
			sessions: this.#sessions.refusals,
			addresses: this.#addresses.refusals,
		};
	}

	/** @returns the place of one more connection, which must leave() in the end; undefined when the peer has its share */
	enter({ address, trusted }: Peer): SharePlace | undefined {
		if (trusted) return new SharePlace(this.#sessions);
		if (!this.#addresses.enter(address)) return undefined;
		return new SharePlace(this.#sessions, this.#addresses, address);
	}
}

/** Counts connections by name, up to a limit for each. */
class Share {
	refusals = 0;
	readonly #counts = new Map<string, number>();
	readonly #most: number;

	constructor(most: number) {
		this.#most = most;
	}

	/** @returns whether there is room for one more; then leave() must follow */
	enter(name: string): boolean {
		const count = this.#counts.get(name) ?? 0;
		if (count < this.#most) this.#counts.set(name, count + 1);
		else this.refusals++;
		return count < this.#most;
	}

	leave(name: string): void {
		const count = this.#counts.get(name) ?? 0;
		if (count > 1) this.#counts.set(name, count - 1);
		else this.#counts.delete(name);
	}
}

/** The share that one client's connection counts towards: first its address's, then its session's. */
export class SharePlace {
	readonly #sessions: Share;
	readonly #isTrusted: boolean;
	/** undefined: a trusted peer's connection between two requests, or one that is gone. */
	#share: Share | undefined;
	/** Of the address or the session. */
	#name: string;

	/** share: undefined for a trusted peer. */
	constructor(sessions: Share, share?: Share, address = "") {
		this.#sessions = sessions;
		this.#isTrusted = share === undefined;
		this.#share = share;
		this.#name = address;
	}

	/** @returns whether the connection may carry this session's request */
	moveTo(sessionKey: string): boolean {
		const isThere = this.#share === this.#sessions && this.#name === sessionKey;
		if (isThere) return true;
		if (!this.#sessions.enter(sessionKey)) return false;
		this.leave();
		this.#share = this.#sessions;
		this.#name = sessionKey;
		return true;
	}

	/** The request is over. */
	release(): void {
		if (this.#isTrusted) this.leave();
	}

	/** The connection is gone. Called once or more. */
	leave(): void {
		this.#share?.leave(this.#name);
		this.#share = undefined;
	}
}
