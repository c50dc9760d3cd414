import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
	LANGUAGES,
	type Occasion,
	PAGE_NAMES,
	type ToolAddress,
} from "../../src/error-pages.js";
import { FAULTS, type FaultCode } from "../../src/faults.js";
import { openPages } from "../../src/pages/pages.js";
import { pageOf, toolPageOf } from "../../src/proxy/answers.js";
import { repository } from "../support/folders.js";

const { find } = openPages(undefined);

type Texts = Record<string, Record<string, Record<string, unknown>>>;

function textsIn(language: string): Texts {
	const file = join(repository, "assets", "pages", `${language}.json`);
	return JSON.parse(readFileSync(file, "utf8"));
}

/** Which texts there are, and how many steps each page has. */
function shapeOf(texts: Texts): unknown {
	return JSON.parse(
		JSON.stringify(texts, (_, value) =>
			typeof value === "string"
				? value.includes("{since}")
				: Array.isArray(value)
					? value.length
					: value,
		),
	);
}

function bodyOf(code: FaultCode, languages: string, tool?: ToolAddress) {
	const hasAnswered = [false, true];
	const occasion: Occasion = {
		fault: code,
		status: FAULTS[code].status,
		languages,
		answeredAt: 1,
		...(tool && { tool }),
	};
	return hasAnswered.map((answered) => {
		const name = (tool ? toolPageOf : pageOf)(code, answered);
		const page = name && find(name, occasion);
		return name && { name, html: page && text(page.body) };
	});
}

function text(body: string): string {
	return Buffer.from(body, "latin1").toString();
}

test("every language has the same pages with the same number of steps", () => {
	const english = shapeOf(textsIn("en"));
	for (const language of LANGUAGES)
		assert.deepEqual(shapeOf(textsIn(language)), english, language);
});

test("every page that a fault has exists in every language, and only these pages exist", () => {
	const shown = new Set<string>();
	for (const code of Object.keys(FAULTS) as FaultCode[])
		for (const language of LANGUAGES)
			for (const tool of [undefined, "path", "host"] as const)
				for (const page of bodyOf(code, language, tool)) {
					if (page === undefined) continue;
					shown.add(page.name);
					assert.match(page.html ?? "", /^<!doctype html>/, page.name);
					assert.ok(page.html?.includes(`<html lang="${language}">`));
					assert.doesNotMatch(page.html ?? "", /undefined|\{since\}/);
				}
	shown.add("waiting");
	assert.deepEqual([...shown].sort(), [...PAGE_NAMES].sort());
});

test("pages of tools do not speak of environments, and pages of environments not of tools", () => {
	for (const code of Object.keys(FAULTS) as FaultCode[])
		for (const language of LANGUAGES) {
			for (const page of bodyOf(code, language, "path"))
				assert.doesNotMatch(
					page?.html ?? "",
					/<(h1|p|li)[^>]*>[^<]*(environment|Umgebung|environnement|entorno)/i,
				);
			for (const page of bodyOf(code, language))
				assert.doesNotMatch(
					page?.html ?? "",
					/interactive tool|interaktives Tool|outil interactif|herramienta interactiva/i,
				);
		}
});
