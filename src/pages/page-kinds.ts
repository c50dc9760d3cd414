import type { PageName } from "../error-pages.js";

/** How a page looks and what it does in the browser (assets/pages/page.js), for environments and tools alike. */
export interface PageKind {
	/** When it asks whether the environment or tool can be opened now; "repeatedly" includes "on-return" to its tab. */
	readonly retry: "repeatedly" | "on-return" | "never";
	/** Statuses at which a retry has found nothing new. */
	readonly unchanged?: string;
	/** Progress can be expected, and a moving bar shows it. */
	readonly bar?: true;
	/** Something is wrong that is not the user's mistake. */
	readonly warning?: true;
}

const DOWN = "502 503 504";

export const PAGE_KINDS: Readonly<Record<PageName, PageKind>> = {
	starting: { retry: "repeatedly", unchanged: DOWN, bar: true },
	"not-reachable": { retry: "repeatedly", unchanged: DOWN, warning: true },
	unavailable: {
		retry: "repeatedly",
		unchanged: DOWN,
		bar: true,
		warning: true,
	},
	// Repeated retries would keep a busy container busy.
	slow: { retry: "on-return", unchanged: DOWN, warning: true },
	unusable: { retry: "on-return", unchanged: DOWN, warning: true },
	ended: { retry: "never" },
	waiting: { retry: "repeatedly", unchanged: DOWN, bar: true, warning: true },
	"no-session": { retry: "on-return", unchanged: "403" },
	"several-sessions": { retry: "on-return", unchanged: "400", warning: true },
	"not-found": { retry: "on-return", unchanged: "404" },
	finishing: { retry: "repeatedly", unchanged: DOWN, bar: true },
	"no-tool": { retry: "on-return", unchanged: "404" },
	"no-prefix": { retry: "on-return", unchanged: "404", warning: true },
	"not-ready": { retry: "repeatedly", unchanged: DOWN, bar: true },
	elsewhere: { retry: "on-return", unchanged: DOWN },
	"not-yours": { retry: "on-return", unchanged: "403" },
	"not-logged-in": { retry: "on-return", unchanged: "403" },
	stopped: { retry: "on-return", unchanged: "404" },
	"owner-unknown": { retry: "repeatedly", unchanged: DOWN, warning: true },
};

const LOCK =
	'<rect x="5" y="11" width="14" height="9.5" rx="2"/><path d="M8 11V7.5a4 4 0 0 1 8 0V11M12 15v2"/>';
const LENS =
	'<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5M9 9l4 4M13 9l-4 4"/>';
const STOP = '<circle cx="12" cy="12" r="8.5"/><path d="M8 12h8"/>';
const TRIANGLE = '<path d="M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.1"/>';
const HOURGLASS =
	'<path d="M7 3h10M7 21h10M8 3v3.5c0 2.5 4 4 4 5.5s-4 3-4 5.5V21M16 3v3.5c0 2.5-4 4-4 5.5s4 3 4 5.5V21"/>';

/** SVG of lines, 24 by 24. */
export const ICONS: Readonly<Record<PageName, string>> = {
	starting: HOURGLASS,
	"not-reachable":
		'<path d="M9 7V3M15 7V3M6.5 7h11v3.5a5.5 5.5 0 0 1-8 4.9M6.5 10.5v-1M12 16v5M4 4l16 16"/>',
	"no-session": LOCK,
	"several-sessions":
		'<rect x="3" y="8" width="12" height="9" rx="2"/><path d="M9 8V5h12v9h-3"/>',
	"not-found": LENS,
	unavailable:
		'<path d="M7 18.5a4.5 4.5 0 0 1-.5-9 6 6 0 0 1 11.5 1.5 3.8 3.8 0 0 1-.5 7.5z"/>',
	ended: STOP,
	waiting: HOURGLASS,
	unusable: TRIANGLE,
	slow: '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>',
	finishing:
		'<path d="M4 13.5V19a1.5 1.5 0 0 0 1.5 1.5h13A1.5 1.5 0 0 0 20 19v-5.5M12 3.5v11.5M7.5 10.5 12 15l4.5-4.5"/>',
	"no-tool": LENS,
	"no-prefix": TRIANGLE,
	"not-ready": HOURGLASS,
	elsewhere: '<path d="M10 5H5v14h14v-5M13.5 4H20v6.5M20 4l-9 9"/>',
	"not-yours": LOCK,
	"not-logged-in":
		'<circle cx="12" cy="8" r="4"/><path d="M4.5 20.5c.5-4 3.5-6 7.5-6s7 2 7.5 6"/>',
	stopped: STOP,
	"owner-unknown": HOURGLASS,
};
