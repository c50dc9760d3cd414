import { createHash } from "node:crypto";
import type { Language, PageName } from "../error-pages.js";
import { ICONS, PAGE_KINDS } from "./page-kinds.js";
import { type CommonText, type PageText, readAsset, textsOf } from "./texts.js";

/** The variable facts on a page, in addition to its texts. */
export interface PageFacts {
	/** The fault's code and status. */
	readonly fault: string;
	readonly status: number;
	/** When the container last answered, or the session first asked for a row that is not ready. */
	readonly since: Date | undefined;
	/** Milliseconds after which the page stops its retries; undefined: never. */
	readonly patience: number | undefined;
	readonly isTool: boolean;
	/** Galaxy's address, for pages of tools; undefined if it is unknown. */
	readonly galaxy: string | undefined;
}

const STYLE = readAsset("page.css");
const SCRIPT = readAsset("page.js");
/** For browsers without scripts: loads the page again every ten seconds. */
const REFRESH =
	'\n<noscript><meta http-equiv="refresh" content="10"></noscript>';
const BAR = '\n<div class="bar" aria-hidden="true"></div>';

/** Allows our own style and script only. Framing is allowed, because Galaxy frames environments, from another port too. */
export const CONTENT_SECURITY_POLICY = [
	"default-src 'none'",
	`style-src '${hashOf(`\n${STYLE}`)}'`,
	`script-src '${hashOf(`\n${SCRIPT}`)}'`,
	"connect-src 'self'",
	"base-uri 'none'",
	"form-action 'none'",
].join("; ");

/** A complete page, or undefined if this name has none. Nothing in it comes from the request. */
export function htmlOf(
	name: PageName,
	language: Language,
	facts: PageFacts,
): string | undefined {
	const { fault, status, since: date, isTool, galaxy } = facts;
	const { patience = Number.POSITIVE_INFINITY } = facts;
	const texts = textsOf(name, isTool, language);
	if (texts === undefined) return undefined;
	const { text, common } = texts;
	const { retry, unchanged, bar, warning } = PAGE_KINDS[name];
	const waits = retry === "repeatedly" && patience > 0;
	const retries = waits || retry === "on-return";
	const attributes = [
		`data-page="${name}"`,
		retries ? `data-stay="${unchanged}"` : "",
		waits ? "data-wait" : "",
		patience < Number.POSITIVE_INFINITY
			? `data-patience="${Math.max(0, Math.round(patience))}"`
			: "",
		warning ? 'class="warning"' : "",
	];
	const since = timeOf(date, language);
	const note = text.note ? `\n<p class="note">${escaped(text.note)}</p>` : "";
	const lead = escaped(text.lead).replace("{since}", () => since);
	return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escaped(text.title)}</title>${waits ? REFRESH : ""}
<style>
${STYLE}</style>
</head>
<body>
<main ${attributes.filter((each) => each !== "").join(" ")}>${bar ? BAR : ""}
<div class="body">
<div class="sign" aria-hidden="true"><svg viewBox="0 0 24 24">${ICONS[name]}</svg></div>
<h1>${escaped(text.title)}</h1>
<p class="lead">${lead}</p>${note}${stepsOf(text, common)}
<div class="acts">${linkTo(galaxy, common)}<a href="">${escaped(common.button)}</a><span role="status" data-opening="${escaped(isTool ? common.toolOpening : common.opening)}"></span></div>
</div>
<footer>${escaped(common.fault)}: <code>${escaped(fault)} ${status}</code></footer>
</main>
<script>
${SCRIPT}</script>
</body>
</html>
`;
}

function stepsOf({ steps }: PageText, { todo }: CommonText): string {
	if (steps === undefined) return "";
	const items = steps.map((step) => `<li>${escaped(step)}</li>`).join("");
	return `\n<h2>${escaped(todo)}</h2>\n<ol>${items}</ol>`;
}

/** Opens Galaxy in the whole window, also from a frame. */
function linkTo(galaxy: string | undefined, { galaxy: label }: CommonText) {
	if (galaxy === undefined) return "";
	return `<a class="galaxy" href="${escaped(galaxy)}" target="_top">${escaped(label)}</a>`;
}

/** The time in UTC, as a text says it. */
const TIME_IN: Readonly<
	Record<
		Language,
		(year: string, month: string, day: string, time: string) => string
	>
> = {
	en: (year, month, day, time) => `on ${year}-${month}-${day} at ${time} (UTC)`,
	de: (year, month, day, time) =>
		`am ${day}.${month}.${year} um ${time} Uhr (UTC)`,
	fr: (year, month, day, time) => `le ${day}/${month}/${year} à ${time} (UTC)`,
	es: (year, month, day, time) =>
		`el ${day}/${month}/${year} a las ${time} (UTC)`,
};

/** In UTC; the script converts it to the user's time. Empty if the text does not need it. */
function timeOf(since: Date | undefined, language: Language): string {
	if (since === undefined) return "";
	const iso = since.toISOString();
	const [year = "", month = "", day = ""] = iso.slice(0, 10).split("-");
	const shown = TIME_IN[language](year, month, day, iso.slice(11, 16));
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
