import type { Config } from "../../config/config.js";
import {
	askSilent,
	bufferingFound,
	downloadArrives,
	silenceFound,
	tunnelStays,
	upgradePasses,
	uploadArrives,
} from "./bytes.js";
import { type Findings, type Found, messageOf, wrong } from "./finding.js";
import type { Front } from "./front.js";
import { openProbe, probeFound } from "./probe.js";
import {
	cookieArrives,
	errorsArrive,
	hostArrives,
	pathArrives,
	queryArrives,
	type Way,
} from "./way.js";

interface Sending {
	readonly config: Config;
	readonly front: Front | null;
	readonly silenceMs: number;
}

/** The whole way, with a session of our own. */
export async function sendTheWay(
	findings: Findings,
	{ config, front, silenceMs }: Sending,
): Promise<void> {
	const { signal } = findings;
	// Outside of a check, which would be left alone with its row when the time is up.
	const probe = await openProbe({ config, silenceMs, signal }).catch(
		(error: unknown) => messageOf(error),
	);
	if (typeof probe === "string") {
		await findings.check("probe", () => notWritten(probe));
		return;
	}
	try {
		const [found] = await findings.check("probe", () =>
			probeFound(probe, config, signal),
		);
		if (front !== null && found?.verdict === "good")
			await sendThroughFront(findings, { front, probe }, silenceMs);
	} finally {
		await probe
			.close()
			.catch((error) => findings.add("probe", notRemoved(error)));
	}
}

function notWritten(reason: string): Found {
	return wrong(
		`no test row could be written: ${reason}`,
		"Run doctor as Galaxy's user, or as root.",
	);
}

function notRemoved(error: unknown): Found {
	return wrong(
		`the test row could not be removed: ${messageOf(error)}`,
		"It leads to a closed port of 127.0.0.1 for a session that nobody has, and harms nobody.",
	);
}

async function sendThroughFront(
	findings: Findings,
	way: Way,
	silenceMs: number,
): Promise<void> {
	const check = findings.check.bind(findings);
	const [cookie] = await check("front cookie", () => cookieArrives(way));
	if (cookie?.verdict !== "good") return;
	const silent = askSilent(way, silenceMs);
	const stays = tunnelStays(way, silenceMs);
	await check("front path", () => pathArrives(way));
	await check("front query", () => queryArrives(way));
	await check("front host", () => hostArrives(way));
	await check("front errors", () => errorsArrive(way));
	await check("front upgrade", () => upgradePasses(way));
	await check("front upload", () => uploadArrives(way));
	await check("front download", () => downloadArrives(way));
	await check("front silence", async () =>
		silenceFound(await silent, silenceMs),
	);
	await check("front silence", () => stays);
	await check("front buffering", async () =>
		bufferingFound(await silent, silenceMs),
	);
}
