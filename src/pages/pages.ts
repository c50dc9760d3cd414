import { germanOf, readOwnPages } from "../config/own-pages.js";
import type { FindPage, Occasion, Page, PageName } from "../error-pages.js";
import { LONGEST_WAIT_MS } from "../limits.js";
import { CONTENT_SECURITY_POLICY, htmlOf } from "./html.js";
import { type Language, languageOf } from "./texts.js";

/** Pages for people in place of a fault's text. */
export interface ErrorPages {
	readonly find: FindPage;
	/**
	 * Reads the admin's own pages again; if that fails, the old ones stay.
	 * @throws Error that names the mistake
	 */
	reload(): void;
}

/** The request fields that select a page or a text. */
const VARY =
	"Vary: Accept, Accept-Language, Sec-Fetch-Dest, X-Requested-With\r\n";
const HTML = `Content-Type: text/html; charset=utf-8\r\n${VARY}`;
const POLICY = `Content-Security-Policy: ${CONTENT_SECURITY_POLICY}\r\n`;

/**
 * @param folder of the admin's own pages, if any
 * @throws Error that names the mistake in the folder
 */
export function openPages(folder: string | undefined): ErrorPages {
	let own: ReadonlyMap<string, string> = new Map();
	function reload(): void {
		if (folder !== undefined) own = readOwnPages(folder);
	}
	reload();
	return {
		find(name, occasion) {
			const language = languageOf(occasion.languages);
			const german = language === "de" ? own.get(germanOf(name)) : undefined;
			const text = german ?? own.get(`${name}.html`);
			if (text === undefined) return built(name, occasion, language);
			const since = sinceOf(occasion)?.toISOString() ?? "";
			// Without our Content-Security-Policy: the admin may have put one into the page.
			return {
				lines: HTML,
				body: bytesOf(text.replaceAll("{{since}}", since)),
			};
		},
		reload,
	};
}

function built(name: PageName, occasion: Occasion, language: Language): Page {
	const { fault, status, waitingSince } = occasion;
	const patience =
		waitingSince && waitingSince + LONGEST_WAIT_MS - performance.now();
	const facts = { fault, status, since: sinceOf(occasion), patience };
	return {
		lines: `${HTML}Content-Language: ${language}\r\n${POLICY}`,
		body: bytesOf(htmlOf(name, language, facts)),
	};
}

/** Converted to a date, because performance.now() does not count from a date. */
function sinceOf({ answeredAt, waitingSince }: Occasion): Date | undefined {
	const since = waitingSince ?? answeredAt;
	if (since === 0) return undefined;
	return new Date(Date.now() - (performance.now() - since));
}

function bytesOf(text: string): string {
	return Buffer.from(text, "utf8").toString("latin1");
}
