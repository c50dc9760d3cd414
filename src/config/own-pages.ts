import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import {
	LANGUAGES,
	type Language,
	PAGE_NAMES,
	type PageName,
} from "../error-pages.js";

/** Bytes of one page, because all pages are kept in memory. */
const OWN_PAGE_BYTES = 256 * 1024;

/** Completes "give ...": the allowed values of --error-pages. */
export const OWN_PAGES_ALLOWED =
	`a folder with one or more of ${PAGE_NAMES.map((name) => `${name}.html`).join(", ")}, ` +
	`each for German, French and Spanish also as NAME.de.html, NAME.fr.html and NAME.es.html, in UTF-8 and of ${OWN_PAGE_BYTES / 1024} KiB at most`;

/**
 * Reads the admin's own pages: text by file name.
 * @throws Error that names the mistake in the folder or a file
 */
export function readOwnPages(folder: string): ReadonlyMap<string, string> {
	const there = new Set(readdirSync(folder));
	const files = PAGE_NAMES.flatMap((name) =>
		LANGUAGES.map((language) => ownPageOf(name, language)),
	);
	const pages = new Map(
		files
			.filter((file) => there.has(file))
			.map((file) => [file, readPage(join(folder, file))]),
	);
	if (pages.size === 0) throw new Error(`${folder} contains no page`);
	return pages;
}

/** The file of an own page in this language. The English one is also for all others without a file. */
export function ownPageOf(name: PageName, language: Language): string {
	return language === "en" ? `${name}.html` : `${name}.${language}.html`;
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
