import { readFileSync } from "node:fs";

/** A file of pages/, read at each use so that an edit shows at the next reload. */
function file(name) {
	return readFileSync(new URL(`pages/${name}`, import.meta.url), "utf8");
}

/**
 * One self-contained page: its stylesheet and script come in, and elements with a data-value get that value (HTML).
 */
export function page(name, values) {
	return file(name)
		.replace(
			/<link rel="stylesheet" href="([\w.-]+)"\s*\/?>/g,
			(_, sheet) => `<style>\n${file(sheet)}</style>`,
		)
		.replace(
			/<script src="([\w.-]+)">/g,
			(_, script) => `<script>\n${file(script)}`,
		)
		.replace(
			/(data-value="(\w+)"[^>]*>)/g,
			(_, start, key) => start + values[key],
		);
}

/** Text as HTML. */
export function escaped(text) {
	return String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

export function sendPage(response, html) {
	response.writeHead(200, {
		"Content-Type": "text/html; charset=utf-8",
		"Cache-Control": "no-store",
	});
	response.end(html);
}
