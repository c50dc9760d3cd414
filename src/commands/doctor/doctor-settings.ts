import { readSettings, type Settings } from "../../config/config.js";
import { readPlainSections } from "../../config/galaxy-file.js";
import { activeSettings } from "../active-settings.js";
import type { Line } from "../command.js";

/**
 * The settings of a command line. Where nothing but Galaxy's file could show the mode, and it shows none, a file with signs
 * of Interactive Tools is examined for tools: the missing interactivetools_enable may be the fault.
 * @throws {UsageError}
 */
export async function doctorSettings(line: Line): Promise<Settings> {
	const settings = await activeSettings(line);
	const { config, galaxy, isModeGiven } = settings;
	const isOpen =
		config.mode === "undecided" || config.modeSign === galaxy?.file;
	if (galaxy === undefined || isModeGiven || !isOpen) return settings;
	const sign = signOfTools(galaxy.file);
	if (sign === undefined) return settings;
	const decision = { mode: "gxit", sign } as const;
	return readSettings(line.flags, line.surroundings, decision);
}

/** Gravity came with Galaxy 22.01, which has no environments. */
function signOfTools(file: string): string | undefined {
	const { gravity, ...others } = readPlainSections(file);
	if (gravity !== undefined) return `the section gravity in ${file}`;
	const keys = ["galaxy", "app:main", "uwsgi"].flatMap((name) =>
		Object.keys(others[name] ?? {}),
	);
	const key = keys.find((each) => each.startsWith("interactivetools"));
	return key && `${key} in ${file}`;
}
