import {
	type FindPage,
	germanOf,
	type Occasion,
	type Page,
	type PageName,
	readOwnPages,
} from "../error-pages.js";
import { LONGEST_WAIT_MS } from "../limits.js";
import { CONTENT_SECURITY_POLICY, htmlOf } from "./html.js";
import { type Language, languageOf } from "./texts.js";

/** The pages for people. */
export interface ErrorPages {
	readonly find: FindPage;
	/**
	 * Reads the admin's own anew; the old ones stay where that fails.
	 * @throws Error that says what is wrong
	 */
	reload(): void;
}

/** What of a request decides between a page and a text, and between pages. */
const VARY =
	"Vary: Accept, Accept-Language, Sec-Fetch-Dest, X-Requested-With\r\n";
const HTML = `Content-Type: text/html; charset=utf-8\r\n${VARY}`;
const POLICY = `Content-Security-Policy: ${CONTENT_SECURITY_POLICY}\r\n`;

/**
 * @param folder with pages of the admin's own, if any
 * @throws Error that says what is wrong with it
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
			return (
				ownPage(own, name, occasion, language) ??
				built(name, occasion, language)
			);
		},
		reload,
	};
}

/** Sent as it is, with a policy of its own or none: it is the admin's. */
function ownPage(
	own: ReadonlyMap<string, string>,
	name: PageName,
	occasion: Occasion,
	language: Language,
): Page | null {
	const german = language === "de" ? own.get(germanOf(name)) : undefined;
	const text = german ?? own.get(`${name}.html`);
	if (text === undefined) return null;
	const since = sinceOf(occasion)?.toISOString() ?? "";
	return { lines: HTML, body: bytesOf(text.replaceAll("{{since}}", since)) };
}

function built(name: PageName, occasion: Occasion, language: Language): Page {
	const { fault, status } = occasion;
	const { waitingSince } = occasion;
	const about = {
		fault,
		status,
		since: sinceOf(occasion),
		...(waitingSince === undefined
			? {}
			: { patience: waitingSince + LONGEST_WAIT_MS - performance.now() }),
	};
	return {
		lines: `${HTML}Content-Language: ${language}\r\n${POLICY}`,
		body: bytesOf(htmlOf(name, language, about)),
	};
}

/** By today's clock: the one of performance.now() has no date. */
function sinceOf({ answeredAt, waitingSince }: Occasion): Date | null {
	const since = waitingSince ?? answeredAt;
	if (since === 0) return null;
	return new Date(Date.now() - (performance.now() - since));
}

function bytesOf(text: string): string {
	return Buffer.from(text, "utf8").toString("latin1");
}
