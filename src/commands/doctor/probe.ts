import { randomBytes } from "node:crypto";
import type { Config } from "../../config/config.js";
import { addSession, removeSession } from "../../session-map/map-edit.js";
import { type Answer, ask, faultOf, type Server } from "./asking.js";
import { type Found, good, messageOf, wrong } from "./finding.js";
import { serverOf } from "./listener.js";
import {
	type Arrived,
	TestContainer,
	WISH,
	type Wish,
} from "./test-container.js";

/** A session of our own: a row of the map that leads to a test container. Who opens it must close it. */
export interface Probe {
	readonly container: TestContainer;
	/** What a browser of this session would send, with a wish for the container. */
	headers(wish: Wish): Record<string, string>;
	/** Removes the row and ends the container. @throws NotWritten */
	close(): Promise<void>;
}

export interface ProbeOptions {
	readonly config: Config;
	readonly silenceMs: number;
	readonly signal: AbortSignal;
}

/**
 * Starts the container and writes the row as Galaxy does. The session's key is made up here: nobody else has it.
 * @throws NotWritten, Unreadable
 */
export async function openProbe({
	config,
	silenceMs,
	signal,
}: ProbeOptions): Promise<Probe> {
	const key = randomBytes(24).toString("hex");
	// Whoever holds Galaxy's lock for longer has a finding of his own.
	const edit = { path: config.sessions, key, onWait: () => {} };
	const container = await TestContainer.start(silenceMs);
	try {
		const target = { host: "127.0.0.1", port: container.port };
		await addSession({ ...edit, signal }, target);
	} catch (error) {
		container.close();
		throw error;
	}
	return {
		container,
		headers: (wish) => ({ Cookie: `${config.cookie}=${key}`, [WISH]: wish }),
		async close() {
			container.close();
			// Not the signal that ends the asking: the row must go in any case.
			await removeSession({ ...edit, signal: AbortSignal.timeout(REMOVE_MS) });
		},
	};
}

/** Milliseconds for which other writers are waited out at the end: Galaxy waits as long for its lock. */
const REMOVE_MS = 10_000;

/** Does the running proxy carry to the test container, without any front? */
export async function probeFound(
	probe: Probe,
	config: Config,
	signal: AbortSignal,
): Promise<Found> {
	const server: Server = serverOf(config);
	const path = `${config.proxyPrefix}/doctor`;
	let answer: Answer;
	try {
		answer = await ask(server, {
			path,
			headers: probe.headers("echo"),
			signal,
		});
	} catch (error) {
		return wrong(
			`the proxy does not answer: ${messageOf(error)}`,
			"Mend what is said of the port first.",
		);
	}
	if (arrivedOf(probe, answer) !== null)
		return good(
			"a test row was written, and the proxy carries to its container at once",
		);
	switch (faultOf(answer)) {
		case "noSession":
			return wrong(
				"the proxy does not know the test row that was just written: it reads another map, or looks for another cookie",
				"Compare its --sessions and --cookie with doctor's; a relative --sessions starts from its working directory.",
			);
		case "mapUnreadable":
			return wrong(
				"the proxy cannot read the map that doctor has just written to",
				"Its log says why; mostly its account may not read the file or its folder.",
			);
		case "targetMissing":
			return wrong(
				"the proxy does not reach a container on 127.0.0.1 of this host",
				"With --allow-target: add 127.0.0.1 for the time of the probe. A proxy in a container of its own has another 127.0.0.1: run doctor in there.",
			);
		default:
			return wrong(
				`the proxy answers the test row with ${answer.status}`,
				"Its log names the reason.",
			);
	}
}

/** What the test container says of the request; null where another has answered. */
export function arrivedOf(
	{ container }: Probe,
	{ status, text }: Answer,
): Arrived | null {
	if (status !== 200 || !text.includes(container.mark)) return null;
	return JSON.parse(text) as Arrived;
}
