import { readFileSync } from "node:fs";
import type { PageName } from "../error-pages.js";
import { assetPath } from "../package.js";

export type Language = "en" | "de";

/** The language that Accept-Language (RFC 9110 12.5.4) prefers; English by default. */
export function languageOf(accepted: string): Language {
	let best: Language = "en";
	let most = 0;
	for (const member of accepted.toLowerCase().split(",")) {
		const [range = "", ...parameters] = member.split(";");
		const language = range.trim().split("-")[0];
		const weight = weightIn(parameters);
		if ((language !== "en" && language !== "de") || weight <= most) continue;
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
	/** Shown while the environment, which has just answered, is being opened. */
	readonly opening: string;
	/** Label of the fault's code, which is for the admin. */
	readonly fault: string;
	/** Heading of the steps. */
	readonly todo: string;
}

/** The file assets/pages/LANGUAGE.json. */
interface Texts {
	readonly common: CommonText;
	readonly pages: Readonly<Record<PageName, PageText>>;
}

export const TEXTS: Readonly<Record<Language, Texts>> = {
	en: JSON.parse(readAsset("en.json")),
	de: JSON.parse(readAsset("de.json")),
};

/** @param name of a file in assets/pages */
export function readAsset(name: string): string {
	return readFileSync(assetPath("pages", name), "utf8");
}
