export type Language = "en" | "de";

/** Which of ours a browser's user likes best; English where nothing says so. `accepted`: Accept-Language (RFC 9110 12.5.4). */
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

/** The q of RFC 9110 12.4.2; 1 without one, 0 where it is none. */
function weightIn(parameters: readonly string[]): number {
	const q = parameters.find((parameter) => /^\s*q\s*=/.test(parameter));
	if (q === undefined) return 1;
	const weight = Number(q.slice(q.indexOf("=") + 1));
	return weight >= 0 && weight <= 1 ? weight : 0;
}
