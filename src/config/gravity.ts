import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { file, type Kind, listenAddress, onOff, port } from "./flag-values.js";
import { checked, type Found, type Setting } from "./setting.js";
import { forwardHost, forwardPort } from "./tool-values.js";

/** Gravity's section of the proxy that it starts for tools: gx_it_proxy. */
export interface GravitySettings {
	readonly ip: Setting<string>;
	readonly port: Setting<number>;
	readonly verbose: Setting<boolean>;
	readonly reverse_proxy: Setting<boolean>;
	/** Absolute, if it is a path. */
	readonly sessions: Setting<string> | undefined;
	readonly forward_ip: Setting<string> | undefined;
	readonly forward_port: Setting<number> | undefined;
}

const KEYS =
	"ip port verbose reverse_proxy sessions forward_ip forward_port".split(" ");

export function isOfGravity(key: string): boolean {
	return KEYS.includes(key);
}

/** Checks the section's settings, with the defaults of gravity 1.2. @throws {UsageError} */
export function readGravity(
	found: ReadonlyMap<string, Found>,
	root: string,
): GravitySettings {
	function setting<T>(key: string, kind: Kind<T>): Setting<T> | undefined {
		const text = found.get(key);
		return text?.text ? checked(kind, text) : undefined;
	}
	const origin = { source: "default", of: "gravity" } as const;
	const sessions = setting("sessions", file);
	return {
		ip: setting("ip", listenAddress) ?? { value: "localhost", origin },
		port: setting("port", port) ?? { value: 4002, origin },
		verbose: setting("verbose", onOff) ?? { value: true, origin },
		reverse_proxy: setting("reverse_proxy", onOff) ?? { value: false, origin },
		sessions: sessions && {
			...sessions,
			value: isUrl(sessions.value)
				? sessions.value
				: resolve(root, sessions.value),
		},
		forward_ip: setting("forward_ip", forwardHost),
		forward_port: setting("forward_port", forwardPort),
	};
}

/** The file with gravity's section: Galaxy's own, or gravity.yml next to it. */
export function gravityFileOf(file: string, hasSection: boolean): string {
	const other = join(dirname(file), "gravity.yml");
	return hasSection || !existsSync(other) ? file : other;
}

/** Whether a section of gravity's in `gravityFile` is for this file of Galaxy's. named: its galaxy_config_file */
export function isSectionFor(
	file: string,
	gravityFile: string,
	named: string | undefined,
): boolean {
	return resolve(dirname(gravityFile), named ?? "") === file;
}

/** A URL as SQLAlchemy and libpq write it; it may contain a password. */
export function isUrl(text: string): boolean {
	return /^[a-z][a-z\d+.-]*:\/\//i.test(text);
}
