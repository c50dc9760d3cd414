import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { GalaxySettings } from "../../../config/config.js";
import { readPlainSections, sectionOf } from "../../../config/galaxy-file.js";
import { gravityFileOf, isSectionFor } from "../../../config/gravity.js";
import type { DoctorSettings } from "../doctor-settings.js";
import type { Host } from "../host.js";

/** Values by key, as the file's parser returns them. */
export type Values = Readonly<Record<string, unknown>>;

/** Galaxy's container monitor in its source tree; a Galaxy from pip lacks it. */
export const MONITOR = "lib/galaxy_ext/container_monitor/monitor.py";

/** Galaxy's installation, the subject of the checks of Interactive Tools that need --config. */
export interface Setup {
	readonly host: Host;
	/** Galaxy's settings as the daemon reads them: checked, with defaults and absolute paths. */
	readonly galaxy: GalaxySettings;
	/** Galaxy's own section as it is written, with GALAXY_CONFIG_* as Galaxy takes them. */
	readonly values: Values;
	/** Gravity's section as it is written. */
	readonly gravity: Values;
	/** The file with gravity's section: Galaxy's, or gravity.yml next to it. */
	readonly gravityFile: string;
	/** Galaxy's file has several sections of gravity's, which gravity refuses. */
	readonly isAmbiguous: boolean;
	/** uWSGI's section of old releases. */
	readonly uwsgi: Values;
	/** The text of one of Galaxy's settings; undefined if it is not set. */
	readonly text: (key: string) => string | undefined;
	/** One of Galaxy's switches, in the spellings that Galaxy knows. */
	readonly isOn: (key: string, byDefault: boolean) => boolean;
	/** Galaxy's virtual environment, absolute, if gravity's section names it. */
	readonly venv: string | undefined;
	/** The folder in which gravity starts all services, absolute. */
	readonly root: string;
	/** Whether that folder is Galaxy's root; otherwise it is merely the folder in which doctor was started. */
	readonly isRootKnown: boolean;
	/** Files with secrets that flags or the environment name: setting and absolute path. */
	readonly secretFiles: DoctorSettings["secretFiles"];
}

/** @returns undefined without --config */
export function setupOf(
	{ galaxy, secretFiles }: Pick<DoctorSettings, "galaxy" | "secretFiles">,
	host: Host,
): Setup | undefined {
	if (galaxy === undefined) return undefined;
	const sections = readPlainSections(galaxy.file);
	const values = {
		...variables(host.env, "GALAXY_CONFIG_"),
		...sectionOf(sections.DEFAULT),
		...sectionOf(sections["app:main"]),
		...withoutNulls(sectionOf(sections.galaxy)),
		...variables(host.env, "GALAXY_CONFIG_OVERRIDE_"),
	};
	const { gravity, gravityFile, isAmbiguous } = gravityOf(
		galaxy.file,
		sections,
	);
	const text = (key: string): string | undefined => textOf(values[key]);
	const written = textOf(gravity.galaxy_root);
	const root = written === undefined ? galaxy.root : resolve(written);
	const venv = textOf(gravity.virtualenv);
	const isGiven = text("root_dir") ?? gravity.galaxy_root;
	const folder = dirname(galaxy.file);
	const isNear = [folder, dirname(folder)].includes(root);
	return {
		host,
		galaxy,
		values,
		gravity,
		gravityFile,
		isAmbiguous,
		uwsgi: sectionOf(sections.uwsgi),
		text,
		isOn: (key, byDefault) => isTrue(values[key], byDefault),
		venv: venv === undefined ? undefined : resolve(root, venv),
		root,
		isRootKnown: Boolean(isGiven) || isNear || existsSync(join(root, "run.sh")),
		secretFiles,
	};
}

/** Undefined for a list, a map and null. */
export function textOf(value: unknown): string | undefined {
	return /^(string|number|boolean|bigint)$/.test(typeof value)
		? String(value)
		: undefined;
}

/** A password in an address must not be shown, even if the address is not written as a URL. */
export function withoutLogin(url: string): string {
	return url.replace(/^(\w[\w+.-]*:\/\/)?.*@/s, "$1");
}

/** Empty for anything but a map. */
export function valuesOf(section: unknown): Values {
	const isMap = typeof section === "object" && !Array.isArray(section);
	return isMap && section !== null ? (section as Values) : {};
}

/** Galaxy's asbool. */
export function isTrue(value: unknown, byDefault: boolean): boolean {
	const text = textOf(value);
	if (text === undefined || text === "") return byDefault;
	return /^(true|yes|on|1|t|y)$/i.test(text.trim());
}

/** A setting without a value is not set. */
function withoutNulls(section: Values): Values {
	return Object.fromEntries(
		Object.entries(section).filter(([, value]) => value !== null),
	);
}

/** Galaxy accepts the name after the prefix in any case. */
function variables(env: Host["env"], start: string): Values {
	const found = Object.entries(env).filter(([name]) => name.startsWith(start));
	return Object.fromEntries(
		found.map(([name, text]) => [name.slice(start.length).toLowerCase(), text]),
	);
}

/** Gravity's section for this file of Galaxy's, as the daemon finds it. */
function gravityOf(file: string, sections: Values) {
	const gravityFile = gravityFileOf(file, sections.gravity !== undefined);
	const { gravity } =
		gravityFile === file ? sections : readPlainSections(gravityFile);
	const instances = [gravity].flat().map(sectionOf);
	const instance =
		instances.find(({ galaxy_config_file: named }) =>
			isSectionFor(file, gravityFile, textOf(named)),
		) ?? instances[0];
	// Gravity refuses a list in a file that has Galaxy's own section.
	const isAmbiguous = gravityFile === file && Array.isArray(gravity);
	return { gravity: withoutNulls(instance ?? {}), gravityFile, isAmbiguous };
}
