import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { type Container, FROM_CONTAINER, type Told } from "./containers.js";
import type { Case, Seen } from "./corpus.js";

/** One proxy in front of one container. */
export interface Pair {
	readonly proxy: string;
	readonly container: string;
	/** The proxy's. */
	readonly port: number;
	readonly session: string;
	readonly told: Container;
}

/** What became of a case; the letters are explained in docs/security.md. */
export type Outcome = "R" | "=" | "~" | "B" | "X" | "H" | "S";

/** Milliseconds of silence after an answer that end a case, and milliseconds without any that make it a hang. */
const QUIET_MS = 250;
const HANG_MS = 2_000;
const OTHER = "/other";

/** Sends a case to a pair, compares what the container understood, and looks whether the next client is served. */
export async function judge(each: Case, pair: Pair): Promise<Outcome> {
	const bytes = each.bytes.replaceAll("KEY", pair.session);
	const answer = await exchange(pair.port, bytes, () => pair.told.take());
	await pause(QUIET_MS / 2);
	pair.told.take();
	const other = await exchange(
		pair.port,
		`GET ${OTHER} HTTP/1.1\r\nHost: own.example\r\nCookie: galaxysession=${pair.session}\r\nConnection: close\r\n\r\n`,
		() => pair.told.take(),
	);
	const served = other.text.endsWith(`\r\n\r\n${OTHER}`);
	return served ? outcomeOf(each, answer) : "S";
}

interface Answer {
	/** latin1 */
	readonly text: string;
	readonly closed: boolean;
	readonly told: readonly Told[];
}

/** Sends the bytes and waits for what comes back; what the container told is taken before the connection ends. */
async function exchange(
	port: number,
	bytes: string,
	take: () => Told[],
): Promise<Answer> {
	const socket = connect(port, "127.0.0.1");
	let text = "";
	let closed = false;
	let last = performance.now();
	socket.on("data", (data) => {
		text += data.toString("latin1");
		last = performance.now();
	});
	// A reset is an end like others here: what came before it is judged.
	socket.on("error", () => socket.destroy());
	for (const end of ["end", "close"])
		socket.on(end, () => {
			closed = true;
		});
	socket.write(bytes, "latin1");
	const isOver = (): boolean =>
		closed || performance.now() - last > (text === "" ? HANG_MS : QUIET_MS);
	while (!isOver()) await pause(5);
	const told = take();
	socket.destroy();
	return { text, closed, told };
}

function outcomeOf(each: Case, { text, closed, told }: Answer): Outcome {
	// nginx writes its log behind the answer: the one before may have been late.
	const seen = told.filter(
		(one): one is Seen => "method" in one && one.target !== OTHER,
	);
	if (seen.some(({ target }) => target.includes("/smuggled"))) return "S";
	if (each.means !== null && isSame(seen, each.means)) return "=";
	if (told.some((one) => "refused" in one) && text.includes(FROM_CONTAINER))
		return "B";
	if (seen.length > 0) return "~";
	if (text !== "") return "R";
	return closed ? "X" : "H";
}

function isSame(seen: readonly Seen[], means: readonly Seen[]): boolean {
	return (
		seen.length === means.length &&
		means.every((one, index) => {
			const other = seen[index];
			return Object.keys(one).every(
				(key) => one[key as keyof Seen] === other?.[key as keyof Seen],
			);
		})
	);
}
