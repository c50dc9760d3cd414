import { UsageError } from "../../config/config.js";
import { seconds } from "../../config/flag-values.js";

/** What was typed behind the command's name. */
export interface Options {
	readonly url?: string;
	readonly probe?: boolean;
	readonly silence?: string;
	readonly json?: boolean;
}

const SILENCE = "3";
const LONGEST_SILENCE_MS = 3_600_000;

/** @throws {UsageError} */
export function readUrl(text: string | undefined): URL | null {
	if (text === undefined) return null;
	const url = URL.canParse(text) ? new URL(text) : undefined;
	const isGood =
		url !== undefined &&
		/^https?:$/.test(url.protocol) &&
		`${url.username}${url.password}${url.search}${url.hash}` === "";
	if (isGood) return url;
	throw new UsageError(
		`--url: ${JSON.stringify(text)} is not allowed; give Galaxy's address as users type it, for example https://galaxy.example/galaxy`,
	);
}

/** In milliseconds. @throws {UsageError} */
export function readSilence(text = SILENCE): number {
	const ms = seconds.read(text);
	if (ms !== undefined && ms > 0 && ms <= LONGEST_SILENCE_MS) return ms;
	throw new UsageError(
		`--silence: ${JSON.stringify(text)} is not allowed; give seconds from above 0 to ${LONGEST_SILENCE_MS / 1000}`,
	);
}
