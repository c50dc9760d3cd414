import { flagName, ONLY, UsageError } from "../../config/config.js";
import type { Mode } from "../../mode.js";
import type { Line } from "../command.js";
import { apache, apacheForTools } from "./apache.js";
import { caddy } from "./caddy.js";
import {
	type Front,
	type FrontOptions,
	type FrontSettings,
	frontSettings,
	readFront,
	type System,
} from "./front-settings.js";
import { galaxySettings } from "./galaxy.js";
import { haproxy } from "./haproxy.js";
import { nginx, nginxForTools } from "./nginx.js";
import { traefik } from "./traefik.js";
import { unitSettings } from "./unit-settings.js";
import { supervisord, systemd } from "./units.js";

type Print = (options: FrontOptions, line: Line) => string;

const MODES: Readonly<Record<System, Mode>> = {
	tools: "gxit",
	environments: "gie",
};

/** Each throws a UsageError for a value that is not allowed, or that its format cannot contain. */
export const PRINT: Readonly<Record<Front, Print>> = {
	nginx: forServer((front) =>
		front.isForTools ? nginxForTools(front) : nginx(front),
	),
	apache: forServer(
		(front) => (front.isForTools ? apacheForTools(front) : apache(front)),
		"apache",
	),
	haproxy: forServer(haproxy),
	caddy: forServer(caddy, "caddy"),
	traefik: forServer(traefik, "traefik"),
	galaxy: (options, line) =>
		galaxySettings(ofOne("galaxy", options), ofToday(options.for, line)),
	systemd: (options, line) =>
		systemd(
			unitSettings(ofOne("systemd", options), ofSystem(options.for, line)),
		),
	supervisord: (options, line) =>
		supervisord(
			unitSettings(ofOne("supervisord", options), ofSystem(options.for, line)),
		),
};

/** @param one the front, if its configuration has a single daemon */
function forServer(text: (front: FrontSettings) => string, one?: Front): Print {
	return (options, line) => {
		const allowed = one === undefined ? options : ofOne(one, options);
		return text(frontSettings(allowed, ofSystem(options.for, line)));
	};
}

/** @throws {UsageError} if daemons are listed for a file that is about one */
function ofOne(kind: Front, options: FrontOptions): FrontOptions {
	if (options.server === undefined) return options;
	throw new UsageError(
		`front ${kind} takes no --server: its file is for one daemon, whose address is --ip and --port; for several daemons use front haproxy or front nginx`,
	);
}

/** Without a sign of the mode the file is for tools, which every Galaxy of today has. */
function ofToday(system: System | undefined, line: Line): Line {
	const isUndecided = readFront(line).settings.config.mode === "undecided";
	return ofSystem(system ?? (isUndecided ? "tools" : undefined), line);
}

/** Uses --for in place of the mode. @throws {UsageError} for a flag of the other system */
function ofSystem(system: System | undefined, line: Line): Line {
	if (system === undefined) return line;
	const other = system === "tools" ? "environments" : "tools";
	const foreign = ONLY[MODES[other]].find((name) => name in line.flags);
	if (foreign !== undefined)
		throw new UsageError(
			`${flagName(foreign)} is for ${other}, but --for is ${system}: remove one of them`,
		);
	return { ...line, flags: { ...line.flags, mode: MODES[system] } };
}
