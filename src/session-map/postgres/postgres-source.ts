// Longer than 300 lines: the questions to the table and the consequences of its answers depend on each other.
import type { Database } from "../../database.js";
import type { Group } from "../../group.js";
import {
	partsOf,
	type Route,
	type SessionTarget,
	UNKNOWN,
} from "../../route.js";
import { steadyNow } from "../../steady-clock.js";
import {
	type Conflicts,
	type LastRead,
	type MapSource,
	NO_CONFLICTS,
	NO_COUNTS,
	type Reading,
} from "../map-source.js";
import type { Connected, Counts } from "../owners/address-owners.js";
import { addressOf, routeAt } from "../row.js";
import { toolRouteOf } from "../tool-row.js";
import { Unreadable } from "../unreadable.js";
import {
	AddressHistory,
	type AddressRow,
	type RowNote,
	type RowStanding,
} from "./address-history.js";
import { type Columns, ignore } from "./connect.js";
import { Connection } from "./connection.js";
import { Review } from "./review.js";
import {
	addressRow,
	type FoundRow,
	foundRows,
	idOf,
	isNamedBy,
	isSame,
	keyOf,
	othersOf,
	rowAt,
	sharedRow,
} from "./rows.js";
import { openSession, type Session } from "./session.js";
import { SharedHistory } from "./shared-history.js";
import {
	arrayOf,
	CONTENT,
	DISCARD_PLANS,
	differingOf,
	digestOf,
	LOOK,
	routesOf,
	SHARED_ADDRESSES,
	type TableForm,
} from "./statements.js";
import { compareXids } from "./transactions.js";
import { codeOfDatabase, missingTable } from "./unreadable-database.js";

/** A property of the database that the log and doctor report. */
export type DatabaseNotice = "pooled" | "unindexed" | "unscanned" | "uncounted";

export interface PostgresSourceOptions {
	readonly database: Database;
	/** Whether only the latest of the rows with one address is served. */
	readonly oneOwner: boolean;
	readonly allowStandby: boolean;
	/** Milliseconds between two looks at the content if no notifications come; 0 means never. */
	readonly pollingIntervalMs: number;
	readonly maxAgeMs: number;
	/** The proxy's open connections to containers. */
	readonly connections: () => readonly Connected[];
	/** The other workers, in a worker. */
	readonly group: Group | undefined;
	/** The route that this process read last, for other workers. */
	readonly lastRouteOf: (sessionKey: string) => Route | undefined;
	/** The map must be looked at now. */
	readonly onLookDue: () => void;
	/** Routes may have changed; the generation has. */
	readonly onNews: () => void;
	/** Routes may have changed or not: the table is too large to be read completely. */
	readonly onDoubt: () => void;
	readonly onNotice: (notice: DatabaseNotice, reason?: string) => void;
}

/** Milliseconds between two looks at the table. Each look shows which transactions have begun since the last one. */
const LOOK_MS = 1_000;
/** Without an index, a larger table is not searched at each look-up, because that takes more than some milliseconds. */
const SMALL_ROWS = 20_000;
/** More rows than Galaxy writes between two looks, the first of which found no table. */
const FIRST_ROWS = 10;
/** Bytes of the largest table that is read completely at each change; SMALL_ROWS rows take about as much. */
const SMALL_BYTES = 4_000_000;
/** Milliseconds for a complete look at a large table; and the pause after it, in multiples of its duration. */
const SCAN_MS = 60_000;
const SCAN_SHARE = 50;
/** too_many_connections and query_canceled: the next complete look will fail as well, and no other one reports it. */
const SCAN_FAILS = /^(53300|57014)$/;
/** Milliseconds between two questions while the table cannot be read and a request waits. */
const RETRY_MS = 50;
/** The most shared addresses that one statement reviews. */
const MOST_SHARED = 20_000;
const NO_ROWS: readonly FoundRow[] = [];
/** Sessions whose rows are compared in one statement. */
const COMPARED_AT_ONCE = 500;
/** Galaxy's keys, and a few others. A character that the database cannot store would make other requests' look-ups fail too. */
const KEY = /^[\x21-\x7e]{1,1024}$/;

/** The table at the last look. */
interface Seen {
	/** Which transactions were visible; empty once that is out of date. */
	readonly snapshot: string;
	/** The table's number in the server: a table that replaces it has another one. */
	readonly relation: string;
	/** CONTENT; undefined until the rows were counted. */
	readonly content: string | undefined;
	readonly rows: number | undefined;
}

/** A map in PostgreSQL. Each request asks the database; no earlier answer decides where it goes. */
export class PostgresSource implements MapSource, LastRead {
	readonly lastRead: LastRead = this;
	generation = 0;
	readonly isDamaged = false;
	readonly isPreparing = false;
	readonly isPolled = false;
	readonly batch = 256;
	readonly recheckedAtOnce = COMPARED_AT_ONCE;
	readonly retryMs = RETRY_MS;
	readonly maxAgeMs: number;
	conflicts: Conflicts = NO_CONFLICTS;
	readonly #options: PostgresSourceOptions;
	readonly #connection: Connection;
	readonly #history: AddressHistory;
	readonly #shared: SharedHistory | undefined;
	#counts: Counts = NO_COUNTS;
	#form: TableForm | undefined;
	#seen: Seen | undefined;
	#isLookDue = true;
	#isContentDue = true;
	/** performance.now() of the last look at the content. */
	#contentAt = Number.NEGATIVE_INFINITY;
	/** The first transaction that the last look at the content may not have seen. */
	#oldestNew = 0;
	/** Whether a request has used a row that is perhaps newer than the last look at the content, and may be gone at the next. */
	#isNewRowFound = false;
	/** Whether standings have changed since the last review. */
	#isReviewDue = false;
	#news: NodeJS.Immediate | undefined;
	#scan: NodeJS.Timeout | undefined;
	/** The second connection, while it is open. */
	#scanning: Session | undefined;
	/** The earliest performance.now() of the next complete look at a large table. */
	#scanAt = 0;
	readonly #ticks: NodeJS.Timeout;

	constructor(options: PostgresSourceOptions) {
		this.#options = options;
		const { database, allowStandby, group, onLookDue } = options;
		this.maxAgeMs = options.maxAgeMs;
		this.#history = new AddressHistory((id, note) => this.#noted(id, note));
		this.#shared =
			group &&
			new SharedHistory(group, {
				...options,
				samples: () => this.#history.samples,
			});
		this.#shared?.onNote((id, note) => {
			if (this.#history.hear(id, note) && note?.state !== "seen")
				this.#tellNews();
		});
		this.#connection = new Connection(
			database,
			{ allowStandby, ...(group && { turn: group.turn }) },
			{
				onOpen: () => this.#opened(),
				onLost: () => {
					void this.#scanning?.end();
					onLookDue();
				},
				onNotification: () => this.#lookNow(true),
			},
		);
		this.#ticks = setInterval(() => this.#tick(), LOOK_MS).unref();
	}

	isCurrent(): boolean {
		return false;
	}

	/** Always undefined: a route needs a query. @throws Unreadable without a connection */
	routeNow(): undefined {
		const { failure } = this.#connection;
		if (failure !== undefined) throw failure;
	}

	async lastElsewhere(sessionKey: string): Promise<Route | undefined> {
		return this.#shared?.lastRoute(sessionKey);
	}

	counts(): Counts {
		const rows = this.#seen?.rows;
		return { ...this.#counts, ...(rows !== undefined && { rows }) };
	}

	#opened(): void {
		void this.#shared?.samples().then((all) => {
			for (const samples of all) this.#history.useSamples(samples);
		});
		// Anything may have changed since the last read, or since another worker read a route that this one has from it.
		if (this.#seen !== undefined) this.#seen = { ...this.#seen, snapshot: "" };
		this.#options.onDoubt();
		if (this.#connection.current?.isPooled) this.#options.onNotice("pooled");
		this.#lookNow(true);
	}

	#tick(): void {
		const { pollingIntervalMs: interval } = this.#options;
		const isDue =
			interval > 0 &&
			performance.now() - this.#contentAt > interval - LOOK_MS / 2;
		this.#lookNow(isDue);
	}

	#lookNow(isContentDue: boolean): void {
		this.#isLookDue = true;
		this.#isContentDue ||= isContentDue;
		this.#options.onLookDue();
	}

	async read(keys: readonly string[]): Promise<Reading> {
		const session = await this.#connection.session();
		if (keys.length === 0 || this.#form === undefined)
			await this.#look(session);
		const asking = this.#routes(session, keys);
		// Sent after the requests' query; nobody waits for it. If it fails, the next look shows the same problem.
		if (this.#isLookDue) this.#look(session).then(this.#options.onNews, ignore);
		const routes = await asking;
		return { generation: this.generation, routes };
	}

	// ---- routes

	async #routes(
		session: Session,
		keys: readonly string[],
	): Promise<Reading["routes"]> {
		const form = this.#form;
		if (keys.length === 0 || form === undefined) return [];
		/** The keys that are asked for, and their numbers. */
		const numbers = new Map<string, number>();
		const sessions = keys.map(partsOf);
		for (const { key } of sessions)
			if (!numbers.has(key) && KEY.test(key)) numbers.set(key, numbers.size);
		const rows =
			numbers.size > 0
				? await this.#rowsOf(session, form, [...numbers.keys()])
				: [];
		return sessions.map(({ key, token }) =>
			this.#routeOf(token, rows[numbers.get(key) ?? -1] ?? NO_ROWS),
		);
	}

	async #rowsOf(
		session: Session,
		form: TableForm,
		keys: readonly string[],
	): Promise<ReturnType<typeof foundRows>> {
		const answer = await session.value(routesOf(form), arrayOf(keys));
		try {
			return foundRows(keys, answer);
		} catch (error) {
			// No answer to the statement, as from a pooler that mixes answers up.
			throw session.giveUp(error as Error);
		}
	}

	/** @param rows of the session's key */
	#routeOf(token: string, rows: readonly FoundRow[]): Route | Promise<Route> {
		if (rows.length > 1)
			return this.#routeOfSeveral(
				rows.filter((row) => isNamedBy(row.token, token)),
			);
		const [row] = rows;
		// An unknown key takes the same work as a wrong token.
		const isNamed = isNamedBy(row?.token ?? null, token);
		return isNamed && row !== undefined ? this.#routeTo(row) : UNKNOWN;
	}

	/** The last one of several rows of a session counts, unless they lead to different places. */
	#routeOfSeveral(rows: readonly FoundRow[]): Route | Promise<Route> {
		const [row, ...more] = rows.toSorted((a, b) =>
			this.#history.compare(b.xmin, a.xmin),
		);
		if (row === undefined) return UNKNOWN;
		const route = routeFrom(row);
		if (more.every((each) => isSame(routeFrom(each), route)))
			return this.#routeTo(row);
		return route.kind === "target"
			? { kind: "contested", target: route.target }
			: route;
	}

	#routeTo(row: FoundRow): Route | Promise<Route> {
		this.#isNewRowFound ||= compareXids(row.xmin, this.#oldestNew) >= 0;
		const route = routeFrom(row);
		if (route.kind !== "target" || !this.#options.oneOwner) return route;
		const isNoted =
			this.#history.notes.size > 0 &&
			this.#history.noteOf(idOf(row)) !== undefined;
		if (row.others === null && !isNoted) return route;
		const own = addressRow(row, addressOf(route.target));
		return this.#standingOf(row, own).then((standing) =>
			routeAt(route, standing),
		);
	}

	async #standingOf(row: FoundRow, own: AddressRow): Promise<RowStanding> {
		const others = othersOf(row, own);
		if (others === undefined) return "contested";
		return (await this.#judge([own, ...others])).get(own.id) ?? "leads";
	}

	/** @param rows all with one address */
	async #judge(
		rows: readonly AddressRow[],
	): Promise<ReadonlyMap<string, RowStanding>> {
		const known = this.#history.judge(rows, steadyNow());
		if (known !== undefined) return known;
		const address = rows[0]?.address ?? "";
		const others = this.#shared
			? await this.#shared.connectionsAt(address)
			: [];
		const own = this.#options
			.connections()
			.filter((each) => each.address === address);
		const connected = others === undefined ? "unknown" : [...own, ...others];
		return this.#history.judge(rows, steadyNow(), connected) ?? new Map();
	}

	#noted(id: string, note: RowNote | undefined): void {
		this.#shared?.tell(id, note);
		if (note !== undefined && note.state !== "seen") this.#tellNews();
	}

	/** The set of refused sessions may have changed. */
	#tellNews(): void {
		this.#isReviewDue = true;
		this.#news ??= setImmediate(() => {
			this.#news = undefined;
			this.generation++;
			this.#options.onNews();
		});
	}

	connectionEnded(): boolean {
		if (this.#history.hasDoubts) this.#tellNews();
		return false;
	}

	async differing(
		targets: readonly SessionTarget[],
	): Promise<readonly string[]> {
		const session = await this.#connection.session();
		if (this.#form === undefined) return targets.map(([key]) => key);
		const refused = new Set<string>();
		for (const id of this.#history.refused()) refused.add(keyOf(id));
		const keys = targets.map(([key]) => partsOf(key).key);
		const digests = targets.map(([key, target]) =>
			digestOf(partsOf(key).token, target),
		);
		const rows = await session.query(differingOf(this.#form), [keys, digests]);
		const places = new Set(rows.map(([place]) => Number(place) - 1));
		return targets.flatMap(([key], place) =>
			places.has(place) || refused.has(keys[place] ?? "") ? [key] : [],
		);
	}

	// ---- following the table

	async #look(session: Session): Promise<void> {
		this.#isLookDue = false;
		// Due again if a notification comes from here on: this look may not see the change.
		const isContentDue = this.#isContentDue;
		this.#isContentDue = false;
		try {
			await this.#lookAtTable(session, isContentDue);
		} catch (error) {
			this.#isContentDue ||= isContentDue;
			throw error;
		}
	}

	async #lookAtTable(session: Session, isContentDue: boolean): Promise<void> {
		const from = steadyNow();
		const [row = []] = await session.query(LOOK);
		const [snapshot, xmax, running, ...table] = row;
		const [relation, bytes, indexed, hasInfo, isStandby] = table;
		if (isStandby === true && !this.#options.allowStandby)
			throw session.giveUp(new Error("it has become a standby"));
		const last = this.#seen?.relation === relation ? this.#seen : undefined;
		const isReplaced = this.#seen !== undefined && last === undefined;
		if (isReplaced && relation !== null) this.#history.restart();
		const begun: number[] = JSON.parse(String(running ?? "[]")).map(Number);
		this.#history.sample(Number(xmax), begun, from, steadyNow());
		if (typeof relation !== "string") {
			this.#form = undefined;
			this.#seen = undefined;
			throw missingTable(this.#options.database);
		}
		if (isReplaced) await session.query(DISCARD_PLANS);
		const isLarge = Number(bytes) > SMALL_BYTES;
		const most = isLarge ? Number.POSITIVE_INFINITY : 0;
		const hasMany = (last?.rows ?? most) > SMALL_ROWS;
		const others = this.#wayToOthers(indexed, hasMany);
		this.#form = { hasInfo: hasInfo === true, others };
		const { oneOwner, onNotice } = this.#options;
		if (oneOwner && others === "not at all" && last?.rows !== undefined)
			onNotice("unindexed");
		const nothing = { snapshot: "", content: undefined, rows: undefined };
		this.#seen = { ...nothing, ...last, relation };
		if (last === undefined) this.#options.onDoubt();
		if (!isContentDue) return;
		this.#contentAt = performance.now();
		// No transaction has ended since the last look at the content.
		const isSame = last?.content !== undefined && last.snapshot === snapshot;
		if (isSame && !this.#isReviewDue) return;
		if (isLarge) this.#lookAtLarge();
		else await this.#lookAtContent(session);
		if (this.#seen?.relation === relation) this.#sawContentOf(String(snapshot));
	}

	/** @param indexed the first column of an index on addresses; null without one */
	#wayToOthers(
		indexed: Columns[number] | undefined,
		hasMany: boolean,
	): TableForm["others"] {
		if (!this.#options.oneOwner) return "not at all";
		if (indexed === "host" || indexed === "port") return `by ${indexed}`;
		return hasMany ? "not at all" : "by a scan";
	}

	#sawContentOf(snapshot: string): void {
		if (this.#seen !== undefined) this.#seen = { ...this.#seen, snapshot };
		// "xmin:xmax:list": all older transactions had ended.
		this.#oldestNew = Number.parseInt(snapshot, 10) % 2 ** 32;
	}

	async #lookAtContent(session: Session): Promise<void> {
		const isNewRowFound = this.#isNewRowFound;
		this.#isNewRowFound = false;
		const [row = []] = await session.query(CONTENT);
		const content = row.join();
		if (this.#seen === undefined) return;
		if (this.#seen.content === content) {
			if (isNewRowFound) this.generation++;
			if (this.#isReviewDue) await this.#review(session);
			return;
		}
		this.generation++;
		// Galaxy fills a new table row by row. A table that was filled at once does not show when its rows were written.
		const isFilled = Number(row[0]) > FIRST_ROWS;
		if (this.#seen.content === undefined && isFilled) this.#history.restart();
		await this.#review(session);
		this.#seen &&= { ...this.#seen, content, rows: Number(row[0]) };
	}

	/** Judges all addresses that several rows share, so that no row that has ended is missed. */
	async #review(session: Session): Promise<void> {
		this.#isReviewDue = false;
		if (!this.#options.oneOwner) return;
		const noted = [...this.#history.notes.keys()];
		const keys = [...new Set(noted.map(keyOf))];
		const found = await session.query(SHARED_ADDRESSES, [keys]);
		const present = new Set<string>();
		const byAddress = new Map<string, AddressRow[]>();
		for (const row of found) {
			const at = rowAt(sharedRow(row));
			present.add(idOf(sharedRow(row)));
			if (at === undefined) continue;
			const rows = byAddress.get(at.address) ?? [];
			rows.push(at);
			byAddress.set(at.address, rows);
		}
		if (found.length <= MOST_SHARED)
			for (const id of noted) if (!present.has(id)) this.#history.forget(id);
		const review = new Review();
		for (const [address, rows] of byAddress)
			review.add(address, rows, await this.#judge(rows));
		this.#counts = review.counts;
		this.conflicts = review.conflictsWith(this.#history);
	}

	/** A large table is read completely only now and then; in between, requests see changes in the rows that they read. */
	#lookAtLarge(): void {
		this.#options.onDoubt();
		const now = performance.now();
		this.#scan ??= setTimeout(
			() => void this.#scanLarge(),
			Math.max(0, this.#scanAt - now),
		).unref();
	}

	/** By a second connection, so that no request waits for it. */
	async #scanLarge(): Promise<void> {
		const { database, allowStandby, oneOwner, onNotice } = this.#options;
		const started = performance.now();
		const options = { allowStandby, statementMs: SCAN_MS };
		try {
			// A lost connection may still have a backend on the server, so this would be the third one.
			if (this.#connection.current === undefined) return;
			this.#scanning = await openSession(database, options);
			await this.#lookAtContent(this.#scanning);
		} catch (error) {
			if (!(error instanceof Unreadable)) throw error;
			// If another problem stays, the next look reports it.
			if (!SCAN_FAILS.test(codeOfDatabase(error.cause))) return;
			const isUnindexed = oneOwner && this.#form?.others === "not at all";
			onNotice(isUnindexed ? "unscanned" : "uncounted", error.message);
		} finally {
			await this.#scanning?.end();
			this.#scanning = undefined;
			const now = performance.now();
			this.#scanAt = now + Math.max(LOOK_MS, SCAN_SHARE * (now - started));
			this.#scan = undefined;
		}
	}

	async close(): Promise<void> {
		clearInterval(this.#ticks);
		clearImmediate(this.#news);
		clearTimeout(this.#scan);
		await this.#scanning?.end();
		await this.#connection.close();
	}
}

function routeFrom({ host, port, info }: FoundRow): Route {
	return toolRouteOf(host, port, info);
}
