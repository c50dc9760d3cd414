import { once } from "node:events";
import type { ClientRequest } from "node:http";
import { type Browser, environmentOf } from "./browser.js";
import { bytesOf, digest } from "./content.js";
import { pauseOr, type Work } from "./shift.js";
import type { Reply } from "./tally.js";

/** Bytes of the files of a page, as a notebook's first view has them: many small ones, some large. */
const PAGE = [300, 900, 1_500, 2_200, 4_000, 5_500, 9_000, 14_000];
const PAGE_LARGE = [32_000, 60_000, 120_000, 250_000];

/** Bytes of uploads, in turn. */
const UPLOADS = [1_000, 1_500_000, 70_000, 3_000_000];

/** Milliseconds that long polls wait for their answer, in turn. */
const POLLS = [300, 9_000, 1_200, 40];

/** A page: all its files at once, over the browser's six connections. Every fifth is chunked. */
export function pages(browser: Browser): Work {
	return async (turn) => {
		const sizes = [...PAGE, ...PAGE_LARGE];
		await Promise.all(
			sizes.map((size, at) =>
				file(browser, at % 5 === 4 ? "chunked" : "file", `${turn}-${at}`, size),
			),
		);
	};
}

/** One small file. */
export function glances(browser: Browser): Work {
	return (turn) => file(browser, "file", `${turn}`, 1_000);
}

function file(
	browser: Browser,
	how: string,
	name: string,
	size: number,
): Promise<void> {
	return browser.get("files", `/${how}/${name}/${size}`, (reply) =>
		reply.body.equals(bytesOf(reply.environment + name, size)),
	);
}

export function polls(browser: Browser): Work {
	return (turn, pausing) =>
		browser.get("long polls", `/poll/${inTurn(POLLS, turn)}`, isNamed, {
			pausing,
		});
}

function isNamed(reply: Reply): boolean {
	return reply.body.toString() === reply.environment;
}

/** Every other one without a length. */
export function uploads(browser: Browser): Work {
	return (turn) => {
		const body = bytesOf(`upload ${turn}`, inTurn(UPLOADS, turn));
		return browser.get(
			"uploads",
			"/upload",
			(reply) => reply.body.toString() === digest(body),
			{ method: "POST", body, chunked: turn % 2 === 1 },
		);
	};
}

/** Leaves in the middle, in turn: of a download, of a long poll, of an upload. */
export function departures(browser: Browser): Work {
	const ways = [leaveDownload, leavePoll, leaveUpload];
	return (turn, pausing) => inTurn(ways, turn)(browser, pausing);
}

async function leaveDownload(browser: Browser): Promise<void> {
	const allowed = browser.session.asked();
	const incoming = await browser.begin("/file/left/4000000");
	const [first] = (await once(incoming, "data")) as [Buffer];
	incoming.on("error", () => {}).destroy();
	const name = environmentOf(incoming);
	const right = first.equals(bytesOf(`${name}left`, first.length));
	if (right && allowed().has(name)) browser.tally.left("downloads");
	else browser.tally.fail(`left download: the first bytes are not ${name}'s`);
}

async function leavePoll(
	browser: Browser,
	pausing: AbortSignal,
): Promise<void> {
	const outgoing = browser.send("/poll/60000");
	outgoing.once("response", () =>
		browser.tally.fail("left long poll: answered before its time"),
	);
	await pauseOr(200, pausing);
	await leave(outgoing);
	browser.tally.left("long polls");
}

async function leaveUpload(browser: Browser): Promise<void> {
	const outgoing = browser.open("/upload", "POST", 2_000_000);
	const half = bytesOf("left", 1_000_000);
	await new Promise((resolve) => outgoing.write(half, resolve));
	await leave(outgoing);
	browser.tally.left("uploads");
}

/** Not events.once, for which the error of the destroyed request would be the end. */
async function leave(outgoing: ClientRequest): Promise<void> {
	const closed = new Promise((resolve) => outgoing.once("close", resolve));
	outgoing.on("error", () => {}).destroy();
	await closed;
}

function inTurn<T>(values: readonly T[], turn: number): T {
	return values[turn % values.length] as T;
}
