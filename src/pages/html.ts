import { createHash } from "node:crypto";
import type { PageName } from "../error-pages.js";
import { CONDUCT, SIGNS } from "./page-kinds.js";
import { SCRIPT } from "./script.js";
import { STYLE } from "./style.js";
import type { Language } from "./texts.js";
import { COMMON, type CommonText, type PageText, TEXTS } from "./texts.js";

/** What a page tells beside its own text. */
export interface About {
	/** The fault's code and status. */
	readonly fault: string;
	readonly status: number;
	/** When the container last answered, or the session first asked for a row that is not ready; null where neither is so. */
	readonly since: Date | null;
	/** Milliseconds after which the page stops looking; undefined where it never does. */
	readonly patience?: number;
}

/** For a browser that runs no scripts: every so many seconds it loads a page that waits anew. */
const REFRESH =
	'\n<noscript><meta http-equiv="refresh" content="10"></noscript>';
const BAR = '\n<div class="bar" aria-hidden="true"></div>';

/** Inside, nothing may run or load but what is ours. Who may frame it is left open: Galaxy does, from another port too. */
export const CONTENT_SECURITY_POLICY = [
	"default-src 'none'",
	`style-src '${hashOf(STYLE)}'`,
	`script-src '${hashOf(SCRIPT)}'`,
	"connect-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
].join("; ");

/** One page, whole. Nothing of it comes from the request. */
export function htmlOf(
	name: PageName,
	language: Language,
	about: About,
): string {
	const text = TEXTS[language][name];
	const common = COMMON[language];
	const { stay, moves, warns, ...conduct } = CONDUCT[name];
	const { patience } = about;
	const waits = conduct.waits && (patience === undefined || patience > 0);
	const looks = stay !== undefined && (waits || !conduct.waits);
	const since = timeOf(about.since, language);
	const lead = escaped(text.lead).replace("{since}", () => since);
	return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(text.title)}</title>${waits ? REFRESH : ""}
<style>${STYLE}</style>
</head>
<body>
<main data-page="${name}"${looks ? ` data-stay="${stay}"` : ""}${waits ? " data-wait" : ""}${patience === undefined ? "" : ` data-patience="${Math.max(0, Math.round(patience))}"`}${warns ? ' class="warning"' : ""}>${moves ? BAR : ""}
<div class="body">
<div class="sign" aria-hidden="true"><svg viewBox="0 0 24 24">${SIGNS[name]}</svg></div>
<h1>${escaped(text.title)}</h1>
<p class="lead">${lead}</p>${noteOf(text)}${stepsOf(text, common)}
<div class="acts"><a href="">${escaped(common.button)}</a><span role="status" data-opening="${escaped(common.opening)}"></span></div>
</div>
<footer>${escaped(common.fault)}: <code>${escaped(about.fault)} ${about.status}</code></footer>
</main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function noteOf({ note }: PageText): string {
	return note === undefined ? "" : `\n<p class="note">${escaped(note)}</p>`;
}

function stepsOf({ steps }: PageText, { todo }: CommonText): string {
	if (steps === undefined) return "";
	const items = steps.map((step) => `<li>${escaped(step)}</li>`).join("");
	return `\n<h2>${escaped(todo)}</h2>\n<ol>${items}</ol>`;
}

/** In universal time; the script makes it the user's. Empty where nothing has answered: then no text asks for it. */
function timeOf(since: Date | null, language: Language): string {
	if (since === null) return "";
	const iso = since.toISOString();
	const [year, month, day] = iso.slice(0, 10).split("-");
	const minutes = iso.slice(11, 16);
	const shown =
		language === "de"
			? `am ${day}.${month}.${year} um ${minutes} Uhr (UTC)`
			: `on ${year}-${month}-${day} at ${minutes} (UTC)`;
	const ago = Math.round((Date.now() - since.getTime()) / 1000);
	return `<time datetime="${iso}" data-ago="${ago}">${shown}</time>`;
}

function escaped(text: string): string {
	return text
		.replaceAll("&", "&amp;")
		.replaceAll("<", "&lt;")
		.replaceAll(">", "&gt;")
		.replaceAll('"', "&quot;");
}

function hashOf(content: string): string {
	return `sha256-${createHash("sha256").update(content).digest("base64")}`;
}
