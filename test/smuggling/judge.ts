import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Container, FROM_CONTAINER, type Report } from "./containers.js";
import type { Case, Understood } from "./corpus.js";

/** One proxy in front of one container. */
export interface Pair {
	readonly proxy: string;
	readonly container: string;
	/** The proxy's. */
	readonly port: number;
	readonly reports: Container;
}

/** The outcome of a case; docs/security.md explains the letters. */
export type Outcome = "R" | "=" | "~" | "B" | "X" | "H" | "S";

/** Milliseconds of silence after an answer that end a case, and milliseconds without an answer that make it a hang. */
const QUIET_MS = 250;
const HANG_MS = 2_000;
const OTHER = "/other";

/** Sends a case to a pair, compares the container's reports, and checks that the next client is served. */
export async function judge(each: Case, pair: Pair): Promise<Outcome> {
	const bytes = each.bytes.replaceAll("KEY", pair.container);
	const answer = await exchange(pair.port, bytes, () => pair.reports.take());
	await pause(QUIET_MS / 2);
	pair.reports.take();
	const other = await exchange(
		pair.port,
		`GET ${OTHER} HTTP/1.1\r\nHost: own.example\r\nCookie: galaxysession=${pair.container}\r\nConnection: close\r\n\r\n`,
		() => pair.reports.take(),
	);
	const served = other.text.endsWith(`\r\n\r\n${OTHER}`);
	return served ? outcomeOf(each, answer) : "S";
}

interface Answer {
	/** latin1 */
	readonly text: string;
	readonly closed: boolean;
	readonly reports: readonly Report[];
}

/** Sends the bytes and waits for the answer; the reports are taken before the connection ends. */
async function exchange(
	port: number,
	bytes: string,
	take: () => Report[],
): Promise<Answer> {
	const socket = connect(port, "127.0.0.1");
	let text = "";
	let closed = false;
	let last = performance.now();
	socket.on("data", (data) => {
		text += data.toString("latin1");
		last = performance.now();
	});
	// A reset is an end like others: the bytes before it are judged.
	socket.on("error", () => socket.destroy());
	for (const end of ["end", "close"])
		socket.on(end, () => {
			closed = true;
		});
	socket.write(bytes, "latin1");
	const isOver = (): boolean =>
		closed || performance.now() - last > (text === "" ? HANG_MS : QUIET_MS);
	while (!isOver()) await pause(5);
	const reports = take();
	socket.destroy();
	return { text, closed, reports };
}

function outcomeOf(each: Case, { text, closed, reports }: Answer): Outcome {
	// nginx writes its log after the answer: the previous one may be late.
	const got = reports.filter(
		(one): one is Understood => "method" in one && one.target !== OTHER,
	);
	if (got.some(({ target }) => target.includes("/smuggled"))) return "S";
	if (each.means !== null && isSame(got, each.means)) return "=";
	if (reports.some((one) => "refused" in one) && text.includes(FROM_CONTAINER))
		return "B";
	if (got.length > 0) return "~";
	if (text !== "") return "R";
	return closed ? "X" : "H";
}

function isSame(
	got: readonly Understood[],
	means: readonly Understood[],
): boolean {
	const keys = ["method", "target", "host", "body", "field"] as const;
	return (
		got.length === means.length &&
		means.every((one, i) => keys.every((key) => one[key] === got[i]?.[key]))
	);
}
