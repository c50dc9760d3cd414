/** The languages of the pages; the first one is for everybody else. */
export const LANGUAGES = ["en", "de", "fr", "es"] as const;

export type Language = (typeof LANGUAGES)[number];

/** The pages of environments. */
const ENVIRONMENT_PAGES = [
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

/** The pages of interactive tools. Where an environment's page has the same name, its text is another. */
export const TOOL_PAGES = [
	"starting",
	"finishing",
	"no-tool",
	"no-prefix",
	"not-ready",
	"elsewhere",
	"not-yours",
	"not-logged-in",
	"stopped",
	"owner-unknown",
	"unavailable",
	"unusable",
	"slow",
	"ended",
] as const;

export type EnvironmentPage = (typeof ENVIRONMENT_PAGES)[number];
export type ToolPage = (typeof TOOL_PAGES)[number];
export type PageName = EnvironmentPage | ToolPage;

/** Pages that a person can get instead of a fault's text. The admin's own pages are files of these names. */
export const PAGE_NAMES: readonly PageName[] = [
	...new Set([...ENVIRONMENT_PAGES, ...TOOL_PAGES]),
];

/** How a request names an interactive tool: in its path, on Galaxy's own host, or in its host name. */
export type ToolAddress = "path" | "host";

/** The reason for a page. */
export interface Occasion {
	/** The fault's code and status, which the user can tell the admin. */
	readonly fault: string;
	readonly status: number;
	/** The request's Accept-Language; empty without one. */
	readonly languages: string;
	/** When the container last answered, in milliseconds of performance.now(): 0 if it never has, negative before this process began. */
	readonly answeredAt: number;
	/** When the session first asked for a row that is not ready, in the same milliseconds; absent for other pages. */
	readonly waitingSince?: number;
	/** For an interactive tool; absent for an environment. */
	readonly tool?: ToolAddress;
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
