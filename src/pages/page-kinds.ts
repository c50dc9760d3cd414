import type { PageName } from "../error-pages.js";

/** What a page does by itself (script.ts), and how it looks. */
export interface Conduct {
	/** Statuses at which nothing has changed; undefined where the page never looks again. */
	readonly stay?: string;
	/** It looks again and again, until another status comes. */
	readonly waits: boolean;
	/** Progress can be expected. */
	readonly moves: boolean;
	/** Something is wrong, and not with who is looking. */
	readonly warns: boolean;
}

const NOT_YET = "502 503 504";

export const CONDUCT: Readonly<Record<PageName, Conduct>> = {
	starting: { stay: NOT_YET, waits: true, moves: true, warns: false },
	"not-reachable": { stay: NOT_YET, waits: true, moves: false, warns: true },
	unavailable: { stay: NOT_YET, waits: true, moves: true, warns: true },
	// Asked again by itself, a busy container would only be busier.
	slow: { stay: NOT_YET, waits: false, moves: false, warns: true },
	unusable: { stay: NOT_YET, waits: false, moves: false, warns: true },
	ended: { waits: false, moves: false, warns: false },
	waiting: { stay: NOT_YET, waits: true, moves: true, warns: true },
	"no-session": { stay: "403", waits: false, moves: false, warns: false },
	"several-sessions": {
		stay: "400",
		waits: false,
		moves: false,
		warns: true,
	},
	"not-found": { stay: "404", waits: false, moves: false, warns: false },
};

/** Drawn on 24 by 24, in lines. */
export const SIGNS: Readonly<Record<PageName, string>> = {
	starting:
		'<path d="M7 3h10M7 21h10M8 3v3.5c0 2.5 4 4 4 5.5s-4 3-4 5.5V21M16 3v3.5c0 2.5-4 4-4 5.5s4 3 4 5.5V21"/>',
	"not-reachable":
		'<path d="M9 7V3M15 7V3M6.5 7h11v3.5a5.5 5.5 0 0 1-8 4.9M6.5 10.5v-1M12 16v5M4 4l16 16"/>',
	"no-session":
		'<rect x="5" y="11" width="14" height="9.5" rx="2"/><path d="M8 11V7.5a4 4 0 0 1 8 0V11M12 15v2"/>',
	"several-sessions":
		'<rect x="3" y="8" width="12" height="9" rx="2"/><path d="M9 8V5h12v9h-3"/>',
	"not-found":
		'<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5M9 9l4 4M13 9l-4 4"/>',
	unavailable:
		'<path d="M7 18.5a4.5 4.5 0 0 1-.5-9 6 6 0 0 1 11.5 1.5 3.8 3.8 0 0 1-.5 7.5z"/>',
	ended: '<circle cx="12" cy="12" r="8.5"/><path d="M8 12h8"/>',
	waiting:
		'<path d="M7 3h10M7 21h10M8 3v3.5c0 2.5 4 4 4 5.5s-4 3-4 5.5V21M16 3v3.5c0 2.5-4 4-4 5.5s4 3 4 5.5V21"/>',
	unusable: '<path d="M12 4 2.8 19.5h18.400zM12 10v4.5M12 17v.1"/>',
	slow: '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>',
};
