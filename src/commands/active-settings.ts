import {
	type Config,
	configure,
	readSettings,
	type Settings,
} from "../config/config.js";
import type { Decision } from "../mode.js";
import type { Line } from "./command.js";

/**
 * The settings of a command line, with the mode that the session map's table shows.
 * @throws {UsageError}
 */
export async function activeSettings({
	flags,
	surroundings,
}: Line): Promise<Settings> {
	const settings = readSettings(flags, surroundings);
	const { config, decide, isModeGiven } = settings;
	if (isModeGiven || config.database || config.sessions === undefined)
		return settings;
	const { tablesOf } = await import("../session-map/tables.js");
	const decision = decide(await tablesOf(config.sessions));
	if (decision === undefined) return settings;
	if (decision.mode !== config.mode)
		return readSettings(flags, surroundings, decision);
	return { ...settings, config: { ...config, modeSign: decision.sign } };
}

/** @throws {UsageError} */
export async function daemonSettings(line: Line) {
	const { flags, surroundings } = line;
	const settings = await activeSettings(line);
	const { config } = settings;
	const { mode, modeSign: sign } = config;
	/** Once decided, the mode stays. */
	let decision = mode === "undecided" ? undefined : { mode, sign };
	const configOf = (decision?: Decision) =>
		configure(flags, surroundings, decision);
	// Read now, so that no file has become invalid by the time that the mode is decided.
	const configs =
		decision === undefined
			? [configOf({ mode: "gie", sign }), configOf({ mode: "gxit", sign })]
			: [];
	return {
		config,
		readConfig: () => configOf(decision),
		decide(tables: readonly string[]): Config {
			decision = settings.decide(tables);
			const decided = configs.find(({ mode }) => mode === decision?.mode);
			return { ...(decided ?? config), modeSign: decision?.sign ?? sign };
		},
	};
}
