import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** What a person can be shown in place of a fault's text. Files of these names are the admin's own. */
export const PAGE_NAMES = [
	"starting",
	"not-reachable",
	"no-session",
	"not-found",
	"unavailable",
	"unusable",
	"slow",
	"ended",
	"waiting",
	"several-sessions",
] as const;

export type PageName = (typeof PAGE_NAMES)[number];

/** What a page is made for. */
export interface Occasion {
	/** The fault's code and status, for the admin whom the user asks. */
	readonly fault: string;
	readonly status: number;
	/** The request's Accept-Language; empty without one. */
	readonly languages: string;
	/** When the container last answered, in milliseconds of performance.now(); 0 where it never has. */
	readonly answeredAt: number;
	/** When the session first asked for a row that is not ready, in the same milliseconds; absent for other pages. */
	readonly waitingSince?: number;
}

/** A page as it goes out, in place of a text. */
export interface Page {
	/** The head's lines that speak of the body, each with CRLF, without its length. */
	readonly lines: string;
	/** UTF-8, a character for each byte (latin1). */
	readonly body: string;
}

/** Null where there is no page: the fault's text will do. */
export type FindPage = (name: PageName, occasion: Occasion) => Page | null;

/** Bytes of one page: what a browser shows in place of an environment, and what all of them keep in memory. */
const OWN_PAGE_BYTES = 256 * 1024;

/** Completes "give ...": what --error-pages takes. */
export const OWN_PAGES_ALLOWED =
	`a folder with one or more of ${PAGE_NAMES.map((name) => `${name}.html`).join(", ")}, ` +
	`each for German also as NAME.de.html, in UTF-8 and of ${OWN_PAGE_BYTES / 1024} KiB at most`;

/**
 * Reads the admin's own pages: text by file name.
 * @throws Error that says what is wrong with the folder or with which file
 */
export function readOwnPages(folder: string): ReadonlyMap<string, string> {
	const there = new Set(readdirSync(folder));
	const files = PAGE_NAMES.flatMap((name) => [`${name}.html`, germanOf(name)]);
	const pages = new Map(
		files
			.filter((file) => there.has(file))
			.map((file) => [file, readPage(join(folder, file))]),
	);
	if (pages.size === 0) throw new Error(`no page is in ${folder}`);
	return pages;
}

/** The file of an own page's German version. */
export function germanOf(name: PageName): string {
	return `${name}.de.html`;
}

function readPage(path: string): string {
	const { size } = statOfFile(path);
	if (size > OWN_PAGE_BYTES) throw new Error(`${path} has ${size} bytes`);
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(path));
	} catch (error) {
		if (!(error instanceof TypeError)) throw error;
		throw new Error(`${path} is not UTF-8`);
	}
}

/** Reading a pipe would wait for who writes to it. */
function statOfFile(path: string): { size: number } {
	const stat = statSync(path);
	if (!stat.isFile()) throw new Error(`${path} is no file`);
	return stat;
}
