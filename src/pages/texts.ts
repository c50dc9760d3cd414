import { readFileSync } from "node:fs";
import {
	type EnvironmentPage,
	LANGUAGES,
	type Language,
	type PageName,
	type ToolPage,
} from "../error-pages.js";
import { assetPath } from "../package.js";

/** The language that Accept-Language (RFC 9110 12.5.4) prefers; English by default. */
export function languageOf(accepted: string): Language {
	let best: Language = "en";
	let most = 0;
	for (const member of accepted.toLowerCase().split(",")) {
		const [range = "", ...parameters] = member.split(";");
		const [primary = ""] = range.trim().split("-");
		const language = LANGUAGES.find((one) => one === primary);
		const weight = weightIn(parameters);
		if (language === undefined || weight <= most) continue;
		best = language;
		most = weight;
	}
	return best;
}

/** The q of RFC 9110 12.4.2; 1 without one, 0 for an invalid one. */
function weightIn(parameters: readonly string[]): number {
	const q = parameters.find((parameter) => /^\s*q\s*=/.test(parameter));
	if (q === undefined) return 1;
	const weight = Number(q.slice(q.indexOf("=") + 1));
	return weight >= 0 && weight <= 1 ? weight : 0;
}

/** The texts of one page. Plain text: the template escapes it. */
export interface PageText {
	readonly title: string;
	/** The problem. "{since}" becomes the time of the container's last answer, or of the first request for it. */
	readonly lead: string;
	readonly note?: string;
	/** Instructions for the user, in order. */
	readonly steps?: readonly string[];
}

/** The texts that all pages have. */
export interface CommonText {
	readonly button: string;
	/** Label of the link to Galaxy, on pages of tools. */
	readonly galaxy: string;
	/** Shown while the environment, which has just answered, is being opened. */
	readonly opening: string;
	/** The same for a tool. */
	readonly toolOpening: string;
	/** Label of the fault's code, which is for the admin. */
	readonly fault: string;
	/** Heading of the steps. */
	readonly todo: string;
}

/** The file assets/pages/LANGUAGE.json. */
interface Texts {
	readonly common: CommonText;
	/** For environments. */
	readonly pages: Readonly<Record<EnvironmentPage, PageText>>;
	readonly tools: Readonly<Record<ToolPage, PageText>>;
}

const TEXTS = new Map<Language, Texts>(
	LANGUAGES.map((language) => [
		language,
		JSON.parse(readAsset(`${language}.json`)),
	]),
);

/** @returns undefined if environments, or tools, have no such page */
export function textsOf(
	name: PageName,
	isTool: boolean,
	language: Language,
): { text: PageText; common: CommonText } | undefined {
	const texts = TEXTS.get(language);
	const pages: Partial<Record<PageName, PageText>> | undefined = isTool
		? texts?.tools
		: texts?.pages;
	const text = pages?.[name];
	return texts && text && { text, common: texts.common };
}

/** @param name of a file in assets/pages */
export function readAsset(name: string): string {
	return readFileSync(assetPath("pages", name), "utf8");
}
