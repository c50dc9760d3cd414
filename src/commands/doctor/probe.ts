import { randomBytes } from "node:crypto";
import type { EventEmitter } from "node:events";
import type { Target } from "../../route.js";
import { addSession, removeSession } from "../../session-map/map-edit.js";
import { type Check, type Diagnosis, messageOf } from "./check.js";
import { type Found, good, wrong } from "./finding.js";
import type { Host } from "./host.js";
import type { Answer } from "./http-client.js";
import * as container from "./test-container.js";

/** A test session: a row in the map that leads to a test container. */
export interface Probe {
	readonly host: Host;
	/** Of the test container. */
	readonly mark: string;
	/** Emits "begun" when the first part of an upload arrives in the container. */
	readonly uploads: EventEmitter;
	/** The header fields of a request by this session, with a wish for the container. */
	headers(wish: container.Wish): Record<string, string>;
}

export type Started = Awaited<ReturnType<typeof container.startTestContainer>>;

/** The row that leads to the test container. */
export interface TestRow {
	/** @param signal of the checks */
	readonly add: (target: Target, signal: AbortSignal) => Promise<unknown>;
	/** @param signal another one, since the row must be removed in any case */
	readonly remove: (signal: AbortSignal) => Promise<unknown>;
}

const PROBE_CHECK: Check<Probe> = { name: "probe", find: proxyAlone };

/** Milliseconds for which the removal of the row waits for other writers: Galaxy waits as long for its lock. */
const REMOVE_MS = 10_000;

/**
 * Starts the container and writes an environment's row as Galaxy does, asks the proxy, and calls `next` if the container
 * was reached. The session's key is random: nobody else has it.
 */
export async function withProbe(
	diagnosis: Diagnosis,
	host: Host,
	silenceMs: number,
	next: (probe: Probe) => Promise<void>,
): Promise<void> {
	const { sessions: path, cookie } = host.config;
	const key = randomBytes(24).toString("hex");
	// Another check reports a lock that stays.
	const edit = { path, key, onWait: () => {} };
	const row: TestRow = {
		add: (target, signal) => addSession({ ...edit, signal }, target),
		remove: (signal) => removeSession({ ...edit, signal }),
	};
	const Cookie = `${cookie}=${key}`;
	const headers = (wish: string) => ({ Cookie, [container.WISH]: wish });
	await withTestRow(diagnosis, { host, row, silenceMs }, async (started) => {
		const { mark, uploads } = started;
		const probe = { host, mark, uploads, headers };
		await diagnosis.run([PROBE_CHECK], probe);
		if (diagnosis.verdictOf("probe") === "good") await next(probe);
	});
}

const AS_GALAXY = "Run doctor as Galaxy's user, or as root.";
const AS_WRITER =
	"Give --sessions a URL whose role may write into the table, such as Galaxy's own.";

/** Calls `next` with the test container while the row is in the map, and always removes the row. */
export async function withTestRow(
	diagnosis: Diagnosis,
	{ host, row, silenceMs }: { host: Host; row: TestRow; silenceMs: number },
	next: (started: Started) => Promise<void>,
): Promise<void> {
	let started: Started | undefined;
	try {
		started = await container.startTestContainer(silenceMs);
		const { port } = started;
		// Not within a check, which would be abandoned together with its row at the end of the time.
		await row.add({ host: "127.0.0.1", port }, host.signal);
	} catch (error) {
		started?.close();
		const isFile = host.config.database === undefined;
		const found = wrong`no test row could be written: ${messageOf(error)} -> ${isFile ? AS_GALAXY : AS_WRITER}`;
		diagnosis.add("probe", found);
		return;
	}
	try {
		await next(started);
	} finally {
		started.close();
		const signal = AbortSignal.timeout(REMOVE_MS);
		await row.remove(signal).catch((error: unknown) => {
			const found = wrong`the test row could not be removed: ${messageOf(error)}
				-> It does no harm: it leads to a closed port of 127.0.0.1, for a session that nobody has.`;
			diagnosis.add("probe", found);
		});
	}
}

/** Does the proxy itself, without a front, reach the test container? */
async function proxyAlone(probe: Probe): Promise<Found> {
	const { config, client } = probe.host;
	const question = { headers: probe.headers("echo") };
	const answer = await client
		.ask(`${config.ownPath}/doctor`, question)
		.catch(messageOf);
	if (typeof answer === "string")
		return wrong`the proxy does not answer: ${answer} -> First solve the problem that the check of the port reports.`;
	if (arrivedIn(answer, probe) !== undefined)
		return good`a test row was written, and the proxy reached its container at once`;
	switch (answer.fault) {
		case "noSession":
			return wrong`the proxy does not know the test row that was just written: it reads another map, or looks for another cookie
				-> Compare its --sessions and --cookie with doctor's; a relative --sessions starts from its working directory.`;
		case "mapUnreadable":
			return wrong`the proxy cannot read the map that doctor has just written to -> Its log says why; usually its account may not read the file or its folder.`;
		case "targetMissing":
			return wrong`the proxy does not reach a container on 127.0.0.1 of this host
				-> With --allow-target: add 127.0.0.1 while you run the probe. A proxy in a container has another 127.0.0.1: run doctor in that container.`;
		default:
			return wrong`the proxy answers the test row with ${answer.status} -> Its log has the reason.`;
	}
}

/** The test container's report of the request; undefined for any other answer. */
export function arrivedIn(
	{ status, text }: Answer,
	{ mark }: Probe,
): container.Arrived | undefined {
	if (status !== 200 || !text.includes(mark)) return undefined;
	return JSON.parse(text) as container.Arrived;
}
