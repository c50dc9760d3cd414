import { ownPageOf, readOwnPages } from "../config/own-pages.js";
import type {
	FindPage,
	Language,
	Occasion,
	Page,
	PageName,
	ToolAddress,
} from "../error-pages.js";
import { LONGEST_WAIT_MS } from "../limits.js";
import { CONTENT_SECURITY_POLICY, htmlOf } from "./html.js";
import { languageOf } from "./texts.js";

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
/** A tool's token is in its address, which the link to Galaxy must not show to others. */
const NO_REFERRER = "Referrer-Policy: no-referrer\r\n";

/**
 * @param folder of the admin's own pages, if any
 * @param galaxyUrl Galaxy's address as browsers know it, if it is known
 * @throws Error that names the mistake in the folder
 */
export function openPages(
	folder: string | undefined,
	galaxyUrl?: string,
): ErrorPages {
	let own: ReadonlyMap<string, string> = new Map();
	function reload(): void {
		if (folder !== undefined) own = readOwnPages(folder);
	}
	reload();
	return {
		find(name, occasion) {
			const language = languageOf(occasion.languages);
			const text =
				own.get(ownPageOf(name, language)) ?? own.get(ownPageOf(name, "en"));
			if (text === undefined) return built(name, occasion, language, galaxyUrl);
			const since = sinceOf(occasion)?.toISOString() ?? "";
			// Without our Content-Security-Policy: the admin may have put one into the page.
			return {
				lines: occasion.tool === undefined ? HTML : HTML + NO_REFERRER,
				body: bytesOf(text.replaceAll("{{since}}", since)),
			};
		},
		reload,
	};
}

function built(
	name: PageName,
	occasion: Occasion,
	language: Language,
	galaxyUrl: string | undefined,
): Page | undefined {
	const { fault, status, tool, waitingSince } = occasion;
	const isTool = tool !== undefined;
	const galaxy = isTool ? (galaxyUrl ?? linkOf(tool)) : undefined;
	const patience =
		waitingSince && waitingSince + LONGEST_WAIT_MS - performance.now();
	const since = sinceOf(occasion);
	const html = htmlOf(name, language, {
		fault,
		status,
		since,
		patience,
		isTool,
		galaxy,
	});
	if (html === undefined) return undefined;
	const referrer = isTool ? NO_REFERRER : "";
	return {
		lines: `${HTML}Content-Language: ${language}\r\n${POLICY}${referrer}`,
		body: bytesOf(html),
	};
}

/** The host name of a tool does not show where Galaxy is. */
function linkOf(tool: ToolAddress): string | undefined {
	return tool === "path" ? "/" : undefined;
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
