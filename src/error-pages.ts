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
