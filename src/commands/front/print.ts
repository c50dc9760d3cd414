import type { Line } from "../command.js";
import { apache } from "./apache.js";
import { nginx } from "./nginx.js";
import type { Front, FrontOptions } from "./options.js";
import { frontSettings } from "./settings.js";
import { supervisord } from "./supervisord.js";
import { systemd } from "./systemd.js";
import { unitSettings } from "./unit-settings.js";

/**
 * The text that `front` prints.
 * @throws {UsageError} for a value that is not allowed, or that this format cannot hold
 */
export function printed(
	front: Front,
	options: FrontOptions,
	line: Line,
): string {
	if (front === "nginx") return nginx(frontSettings(options, line));
	if (front === "apache") return apache(frontSettings(options, line));
	const unit = unitSettings(options, line);
	return front === "systemd" ? systemd(unit) : supervisord(unit);
}
