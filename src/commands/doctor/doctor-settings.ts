import { resolve } from "node:path";
import {
	flagName,
	givenText,
	readSettings,
	type Settings,
} from "../../config/config.js";
import { readPlainSections } from "../../config/galaxy-file.js";
import { activeSettings } from "../active-settings.js";
import type { Line } from "../command.js";
import { SECRET_FLAGS } from "./daemon-process.js";

/** The daemon's settings, and more that doctor alone looks at. */
export interface DoctorSettings extends Settings {
	/** Files with secrets that flags or the environment name: setting and absolute path. */
	readonly secretFiles: ReadonlyMap<string, string>;
}

/** @throws {UsageError} */
export async function doctorSettings(line: Line): Promise<DoctorSettings> {
	return { ...(await settingsOf(line)), secretFiles: secretFilesOf(line) };
}

function secretFilesOf({ flags, surroundings }: Line) {
	const { env, cwd } = surroundings;
	const found = new Map<string, string>();
	const add = (name: string, file: string | undefined) => {
		if (file) found.set(name, resolve(cwd, file));
	};
	for (const name of SECRET_FLAGS)
		add(flagName(name), givenText(name, flags, surroundings)?.text);
	add("PGPASSFILE", env.PGPASSFILE);
	return found;
}

/**
 * The settings of a command line. Where nothing but Galaxy's file could show the mode, and it shows none, a file with signs
 * of Interactive Tools is examined for tools: the missing interactivetools_enable may be the fault.
 * @throws {UsageError}
 */
async function settingsOf(line: Line): Promise<Settings> {
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
