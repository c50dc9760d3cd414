import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Pages that a person can get instead of a fault's text. The admin's own pages are files of these names. */
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

/** The reason for a page. */
export interface Occasion {
	/** The fault's code and status, which the user can tell the admin. */
	readonly fault: string;
	readonly status: number;
	/** The request's Accept-Language; empty without one. */
	readonly languages: string;
	/** When the container last answered, in milliseconds of performance.now(); 0 if it never has. */
	readonly answeredAt: number;
	/** When the session first asked for a row that is not ready, in the same milliseconds; absent for other pages. */
	readonly waitingSince?: number;
}

/** A page as it is sent in place of a text. */
export interface Page {
	/** The fields that describe the body, each with CRLF, without its length. */
	readonly lines: string;
	/** UTF-8, a character for each byte (latin1). */
	readonly body: string;
}

/** Finds the page; undefined: the client gets the fault's text. */
export type FindPage = (name: PageName, occasion: Occasion) => Page | undefined;

/** Bytes of one page, because all pages are kept in memory. */
const OWN_PAGE_BYTES = 256 * 1024;

/** Completes "give ...": the allowed values of --error-pages. */
export const OWN_PAGES_ALLOWED =
	`a folder with one or more of ${PAGE_NAMES.map((name) => `${name}.html`).join(", ")}, ` +
	`each for German also as NAME.de.html, in UTF-8 and of ${OWN_PAGE_BYTES / 1024} KiB at most`;

/**
 * Reads the admin's own pages: text by file name.
 * @throws Error that names the mistake in the folder or a file
 */
export function readOwnPages(folder: string): ReadonlyMap<string, string> {
	const there = new Set(readdirSync(folder));
	const files = PAGE_NAMES.flatMap((name) => [`${name}.html`, germanOf(name)]);
	const pages = new Map(
		files
			.filter((file) => there.has(file))
			.map((file) => [file, readPage(join(folder, file))]),
	);
	if (pages.size === 0) throw new Error(`${folder} contains no page`);
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

/** Reading a pipe would wait for its writer. */
function statOfFile(path: string): { size: number } {
	const stat = statSync(path);
	if (!stat.isFile()) throw new Error(`${path} is not a file`);
	return stat;
}
