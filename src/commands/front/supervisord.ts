import { supervisordText, supervisordWord } from "./quote.js";
import type { UnitSettings } from "./unit-settings.js";

/** supervisord's program block of Galaxy's documentation, with the paths filled in. */
export function supervisord(unit: UnitSettings): string {
	const command = [unit.node, unit.main, ...unit.args];
	const variables = Object.entries(unit.env).map(
		([name, value]) => `${name}=${supervisordWord(value)}`,
	);
	const map = unit.args.includes("--sessions") ? ", and with the map's" : "";
	const environment =
		variables.length === 0 ? "" : `environment     = ${variables.join(",")}\n`;
	return `; /etc/supervisor/conf.d/galaxy-proxy.conf
; Clients are bounded by minfds in supervisord's own section: half of it, less 32.
[program:galaxy_nodejs_proxy]
directory       = ${supervisordText(unit.folder)}
; differs: with node's path, since supervisord's PATH may have none${map}.
command         = ${command.map(supervisordWord).join(" ")}
${environment}autostart       = true
autorestart     = unexpected
user            = ${supervisordText(unit.user)}
startsecs       = 5
${stopping(unit)}redirect_stderr = true
`;
}

/** Seconds after which supervisord kills where nothing is said, and what stands for ever in a unit. */
const USUAL_STOP_S = 10;
const DAY_S = 86_400;

function stopping({ stopSeconds }: UnitSettings): string {
	if (stopSeconds <= USUAL_STOP_S) return "";
	return `; differs: longer than the drain takes at most.\nstopwaitsecs    = ${Math.min(stopSeconds, DAY_S)}\n`;
}
