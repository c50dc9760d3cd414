import { setTimeout } from "node:timers/promises";
import type { FaultCode } from "../faults.js";
import type { Fact, Group } from "../group.js";
import { partsOf } from "../route.js";
import { ownTimeOf, steadyOf } from "../steady-clock.js";
import type { Admission, ToolOwners, ToolUse } from "../tool-owners.js";
import { clientAddresses } from "./client-address.js";
import type { GalaxyAnswer } from "./galaxy-answer.js";
import { GalaxyApi } from "./galaxy-api.js";
import { type SessionCookies, sessionCookiesOf } from "./session-cookies.js";
import { UnknownCookies } from "./unknown-cookies.js";
import { type ToolUser, ToolUsers } from "./users.js";

/** Milliseconds for which Galaxy's word counts. */
const KNOWN_MS = 60_000;
/** Milliseconds after which it is checked in the background while it is in use, so that requests do not wait for it. */
const RECHECK_MS = 50_000;
/** As KNOWN_MS, for a tool that is not active yet: its page waits for it. */
const INACTIVE_MS = 1_000;
/** Milliseconds after which a tool that is still not active has failed: Galaxy writes its row just before it is. */
const STOPPED_MS = 60_000;
/** Milliseconds after an admission during which failures of Galaxy do not matter by the rule "recent". */
const RECENT_MS = 10 * 60_000;
/** Milliseconds after a failure during which it stands for another question. */
const FAILED_MS = 5_000;
/** Milliseconds between two looks at the requests and tunnels that are open. */
const LOOK_MS = 5_000;

/** The users that pass while Galaxy cannot be asked: users whom it has admitted lately, every session cookie, nobody. */
export type FailureRule = "recent" | "allow" | "refuse";

export interface OwnerCheckOptions {
	readonly galaxyUrl: string;
	/** The names of Galaxy's session cookies. */
	readonly sessionCookies: readonly string[];
	readonly onFailure: FailureRule;
}

/** The parts that the daemon provides. */
export interface OwnerCheckParts {
	/** Whether the address is in --trust-proxy. */
	isTrusted(address: string): boolean;
	/** Admissions of the requests and tunnels that are open. */
	inUse(): Iterable<Admission>;
	/** Ends the requests and tunnels of this admission. */
	withdraw(admission: Admission, code: FaultCode): void;
	/** In a worker: the others, which admit the same users. */
	readonly group?: Group | undefined;
	/** Called when Galaxy's API begins to fail, with the reason for the log, and when it works again (undefined). */
	onState(failure: string | undefined): void;
}

/** What Galaxy has said about a user of a tool, as workers tell it. Times are of the steady clock. */
interface GalaxysWord {
	readonly verdict: "admitted" | FaultCode;
	readonly knownAt: number;
	readonly admittedAt: number | undefined;
	readonly inactiveSince: number | undefined;
	/** Whether Galaxy knows the user. */
	readonly isConfirmed: boolean;
}

/** How a question is asked: whether a request waits for the answer, and after how many milliseconds. */
interface Asking {
	readonly isAwaited: boolean;
	readonly delayMs: number;
}

const IN_BACKGROUND: Asking = { isAwaited: false, delayMs: 0 };

// Longer than 300 lines: the questions, their answers and what the other workers hear of them are one set of rules.
/**
 * Asks Galaxy whether a tool is the user's own before the tool gets a byte: --check-owner. One question for each session
 * cookie, key and token, which all concurrent requests share, and again every minute while the tool is used.
 */
export class OwnerCheck implements ToolOwners {
	readonly #options: OwnerCheckOptions;
	readonly #parts: OwnerCheckParts;
	readonly #api: GalaxyApi;
	readonly #users = new ToolUsers();
	readonly #unknown = new UnknownCookies();
	/** By block of fields, since most requests repeat theirs. */
	readonly #cookies = new WeakMap<object, SessionCookies>();
	readonly #looks: NodeJS.Timeout;
	#isFailing = false;

	/** close() must follow. */
	constructor(options: OwnerCheckOptions, parts: OwnerCheckParts) {
		this.#options = options;
		this.#parts = parts;
		this.#api = new GalaxyApi(options.galaxyUrl);
		parts.group?.onFact("admission", (fact) => this.#hear(fact));
		this.#looks = setInterval(() => this.#look(), LOOK_MS).unref();
	}

	close(): void {
		clearInterval(this.#looks);
	}

	check(
		request: ToolUse,
	): Admission | FaultCode | Promise<Admission | FaultCode> {
		const { sessionKey } = request;
		const { line: cookie, hash } = this.#cookiesOf(request);
		if (hash === "") return "notLoggedIn";
		const id = `${hash}/${sessionKey}`;
		const admission = { id, sessionKey, cookie };
		const known = this.#users.find(sessionKey, hash);
		const verdict = known && this.#verdictOf(known, KNOWN_MS);
		if (verdict !== undefined) return resultOf(verdict, admission);
		const addresses = () => clientAddresses(request, this.#parts.isTrusted);
		const delayMs =
			known?.pending === undefined ? this.#unknown.delayOf(hash, addresses) : 0;
		if (known?.failedAt !== undefined) {
			// A Galaxy that fails is asked in the background, so that its users do not wait for each question.
			if (delayMs !== undefined)
				void this.#ask(known, admission, { isAwaited: false, delayMs });
			return resultOf(this.#ruled(known), admission);
		}
		if (delayMs === undefined) return "ownerUnknown";
		const user = this.#users.of(sessionKey, hash);
		const asking = { isAwaited: true, delayMs };
		return this.#ask(user, admission, asking).then((late) =>
			resultOf(late, admission),
		);
	}

	forget(sessionKey: string): void {
		for (const hash of this.#users.forget(sessionKey)) {
			const key = `${hash}/${sessionKey}`;
			this.#parts.group?.tell({ kind: "admission", key });
		}
	}

	/** Another worker has Galaxy's word, or the tool's row is gone. */
	#hear({ key: id, value }: Fact): void {
		const end = id.indexOf("/");
		const hash = id.slice(0, end);
		const sessionKey = id.slice(end + 1);
		if (value === undefined) {
			this.#users.forgetUser(sessionKey, hash);
			return;
		}
		const word = value as GalaxysWord;
		if (word.isConfirmed) this.#unknown.confirm(hash);
		const user = this.#users.of(sessionKey, hash);
		const knownAt = ownTimeOf(word.knownAt);
		if (user.verdict !== undefined && user.knownAt >= knownAt) return;
		user.verdict = word.verdict;
		user.knownAt = knownAt;
		user.failedAt = undefined;
		user.admittedAt = word.admittedAt && ownTimeOf(word.admittedAt);
		user.inactiveSince = word.inactiveSince && ownTimeOf(word.inactiveSince);
	}

	#tell(key: string, user: ToolUser, isConfirmed: boolean): void {
		const { verdict, knownAt, admittedAt, inactiveSince } = user;
		if (verdict === undefined) return;
		const value: GalaxysWord = {
			verdict,
			knownAt: steadyOf(knownAt),
			admittedAt: admittedAt && steadyOf(admittedAt),
			inactiveSince: inactiveSince && steadyOf(inactiveSince),
			isConfirmed,
		};
		this.#parts.group?.tell({ kind: "admission", key, value });
	}

	#cookiesOf({ block }: ToolUse): SessionCookies {
		const known = this.#cookies.get(block);
		if (known !== undefined) return known;
		const names = this.#options.sessionCookies;
		const found = sessionCookiesOf(block.fields.cookies, names);
		this.#cookies.set(block, found);
		return found;
	}

	/** What counts without a question; undefined: Galaxy must be asked. */
	#verdictOf(
		user: ToolUser,
		knownMs: number,
	): "admitted" | FaultCode | undefined {
		const { verdict, knownAt, failedAt } = user;
		const now = performance.now();
		if (failedAt !== undefined)
			return now - failedAt < FAILED_MS ? this.#ruled(user) : undefined;
		const kept = verdict === "notActive" ? INACTIVE_MS : knownMs;
		return now - knownAt < kept ? verdict : undefined;
	}

	/** The verdict while Galaxy fails: --owner-check-failure. */
	#ruled(
		{ admittedAt, verdict }: ToolUser,
		rule = this.#options.onFailure,
	): "admitted" | FaultCode {
		// Galaxy's own refusal stays, and so does a tool that it called inactive.
		if (verdict !== undefined && verdict !== "admitted") return verdict;
		switch (rule) {
			case "allow":
				return "admitted";
			case "refuse":
				return "ownerUnknown";
			case "recent": {
				const isRecent =
					admittedAt !== undefined &&
					performance.now() - admittedAt < RECENT_MS;
				return isRecent ? "admitted" : "ownerUnknown";
			}
		}
	}

	/** Shares an unanswered question. Never rejects. */
	#ask(
		user: ToolUser,
		admission: Admission,
		asking: Asking,
	): Promise<"admitted" | FaultCode> {
		user.pending ??= this.#question(user, admission, asking).finally(() => {
			user.pending = undefined;
		});
		return user.pending;
	}

	async #question(
		user: ToolUser,
		{ id, sessionKey, cookie }: Admission,
		{ isAwaited, delayMs }: Asking,
	): Promise<"admitted" | FaultCode> {
		if (delayMs > 0) await setTimeout(delayMs, undefined, { ref: false });
		const { onFailure } = this.#options;
		// A crowd does not mean that Galaxy fails, and must not let anybody in.
		if (isAwaited && this.#api.isFull)
			return this.#ruled(user, onFailure === "allow" ? "recent" : onFailure);
		const { key } = partsOf(sessionKey);
		const answer = await this.#api.ask(key, cookie, isAwaited);
		this.#setFailing(answer);
		const now = performance.now();
		if (answer.kind === "failure") {
			user.failedAt = now;
			return this.#ruled(user);
		}
		const hash = id.slice(0, id.indexOf("/"));
		const isConfirmed =
			answer.kind !== "not-yours" && answer.kind !== "unknown-id";
		if (isConfirmed) this.#unknown.confirm(hash);
		user.failedAt = undefined;
		user.knownAt = now;
		user.verdict = verdictFor(answer.kind, user, now);
		this.#tell(id, user, isConfirmed);
		return user.verdict;
	}

	#setFailing(answer: GalaxyAnswer): void {
		const isFailing = answer.kind === "failure";
		if (isFailing === this.#isFailing) return;
		this.#isFailing = isFailing;
		this.#parts.onState(isFailing ? answer.reason : undefined);
	}

	/** Asks again about the users of open requests and tunnels, and ends them for users who are refused now. */
	#look(): void {
		const seen = new Set<string>();
		for (const admission of this.#parts.inUse()) {
			const { id, sessionKey } = admission;
			if (seen.has(id)) continue;
			seen.add(id);
			const user = this.#users.of(sessionKey, id.slice(0, id.indexOf("/")));
			const verdict = this.#verdictOf(user, RECHECK_MS);
			if (verdict !== undefined) this.#endIfRefused(verdict, admission);
			else if (user.pending === undefined)
				void this.#ask(user, admission, IN_BACKGROUND).then((late) =>
					this.#endIfRefused(late, admission),
				);
		}
	}

	#endIfRefused(verdict: "admitted" | FaultCode, admission: Admission): void {
		if (verdict !== "admitted") this.#parts.withdraw(admission, verdict);
	}
}

function resultOf(
	verdict: "admitted" | FaultCode,
	admission: Admission,
): Admission | FaultCode {
	return verdict === "admitted" ? admission : verdict;
}

/** Notes what the answer says about the user. */
function verdictFor(
	kind: Exclude<GalaxyAnswer["kind"], "failure">,
	user: ToolUser,
	now: number,
): "admitted" | FaultCode {
	if (kind !== "not-active") user.inactiveSince = undefined;
	switch (kind) {
		case "admitted":
			user.admittedAt = now;
			return "admitted";
		case "not-yours":
			user.admittedAt = undefined;
			return "notYours";
		case "ended":
		case "unknown-id":
			return "toolStopped";
		case "not-active":
			user.inactiveSince ??= now;
			return user.admittedAt !== undefined ||
				now - user.inactiveSince >= STOPPED_MS
				? "toolStopped"
				: "notActive";
	}
}
