import * as quote from "./quote.js";
import { filled } from "./template.js";
import type { UnitSettings } from "./unit-settings.js";

/** Seconds after which supervisord kills by default, and the longest time that front writes into a unit. */
const USUAL_STOP_S = 10;
const DAY_S = 86_400;

/** Modelled on HAProxy's unit. The daemon reports when it is ready, reloads and stops (src/process/service-manager.ts). */
export function systemd(unit: UnitSettings): string {
	const { node, main, folder, writable, stopSeconds } = unit;
	const variables = Object.entries(unit.env).map(
		([name, value]) => `Environment=${quote.systemdItem(`${name}=${value}`)}\n`,
	);
	// A private /tmp would hide these files.
	const isInTmp = [node, main, folder, ...writable].some((path) =>
		/^(\/var)?\/tmp(\/|$)/.test(path),
	);
	const service = filled("systemd.service", {
		system: unit.system,
		hasSocket: unit.streams.length > 0 ? "yes" : "",
		hasNoSocket: unit.streams.length > 0 ? "" : "yes",
		noSocketNote: unit.isStandby
			? "the standby waits until the daemon that has the address ends, so systemd must not hold the address"
			: "systemd listens on addresses and paths only, and not on --port 0: a restart refuses clients",
		reloadNote: unit.hasWorkers
			? "new workers read it and take over from the old ones"
			: "the running daemon reads it",
		reloadSignal: unit.hasWorkers ? "USR2" : "HUP",
		user: quote.systemdText(unit.user),
		folder: quote.systemdText(folder),
		environment: variables.join(""),
		program: [node, main].map(quote.systemdWord).join(" "),
		args: unit.args.map(quote.systemdWord).join(" "),
		stopSeconds: Number.isFinite(stopSeconds) ? stopSeconds : "infinity",
		// The "-" permits that a folder does not exist before Galaxy's first start.
		writable: writable.map((path) => quote.systemdItem(`-${path}`)).join(" "),
		privateTmp: isInTmp ? "" : "true",
		capability: unit.isLowPort ? "CAP_NET_BIND_SERVICE" : "",
	});
	return unit.streams.length > 0
		? `${service}\n${systemdSocket(unit)}`
		: service;
}

/** systemd listens itself, so that clients wait during a restart. */
function systemdSocket({ system, streams, isDualStack }: UnitSettings): string {
	const isPath = streams.some((stream) => stream.startsWith("/"));
	return filled("systemd.socket", {
		system,
		streams: streams
			.map((stream) => `ListenStream=${quote.systemdText(stream)}`)
			.join("\n"),
		isPath: isPath ? "yes" : "",
		isAddress: isPath ? "" : "yes",
		isDualStack: isDualStack ? "yes" : "",
	});
}

/** The program block of Galaxy's documentation, with the paths filled in. */
export function supervisord(unit: UnitSettings): string {
	const { node, main, args, stopSeconds } = unit;
	const variables = Object.entries(unit.env).map(
		([name, value]) => `${name}=${quote.supervisordWord(value)}`,
	);
	return filled("supervisord.conf", {
		folder: quote.supervisordText(unit.folder),
		hasWorkers: unit.hasWorkers ? "yes" : "",
		hasNoWorkers: unit.hasWorkers ? "" : "yes",
		mapNote: args.includes("--sessions") ? ", and of the session map" : "",
		command: [node, main, ...args].map(quote.supervisordWord).join(" "),
		environment: variables.join(","),
		user: quote.supervisordText(unit.user),
		stopSeconds:
			stopSeconds <= USUAL_STOP_S ? "" : Math.min(stopSeconds, DAY_S),
	});
}
