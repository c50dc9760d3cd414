import { sessionLabel } from "../../src/log/session-label.js";
import { type Ended, type RunOptions, runCli } from "../cli/run-cli.js";

/** `galaxy-proxy routes` with these words, on this map. */
export function routes(
	map: string,
	words: readonly string[] = [],
	options: RunOptions = {},
): Promise<Ended> {
	return runCli(["routes", "--sessions", map, ...words], options);
}

/** Each line of the list in columns, by session key; of `keys` alone. */
export async function listed(
	map: string,
	keys: readonly string[],
	flags: readonly string[] = [],
): Promise<Record<string, unknown>> {
	const { code, stdout, stderr } = await routes(map, ["--json", ...flags]);
	if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
	const names = new Map(keys.map((key) => [sessionLabel(key), key]));
	return Object.fromEntries(
		stdout
			.split("\n")
			.filter((line) => line !== "")
			.map((line) => JSON.parse(line))
			.map(({ session, ...rest }) => [names.get(session) ?? session, rest]),
	);
}
