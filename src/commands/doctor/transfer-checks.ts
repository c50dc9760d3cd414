import { createHash } from "node:crypto";
import { Socket } from "node:net";
import { type Answer, ask, faultOf, upgrade } from "./asking.js";
import { doubtful, type Found, good, messageOf, wrong } from "./finding.js";
import { PLACES, RAISE_BODY } from "./front.js";
import { arrivedOf } from "./probe.js";
import { ANSWERING_FRAME, ASKING_FRAME, LONG_BYTES } from "./test-container.js";
import type { Way } from "./way.js";

const MIB = 1024 * 1024;
/** Milliseconds that a long body may be without progress. */
const TRANSFER_MS = 10_000;

/** Is an upgrade passed on, and do bytes pass both ways? */
export async function upgradePasses(way: Way): Promise<Found[]> {
	const found: Found[] = [];
	for (const [where, place] of PLACES) {
		const path = `${way.front.prefix}${place}/channels`;
		const { signal } = way.front;
		const headers = way.probe.headers("echo");
		const result = await upgrade(way.front, { path, headers, signal }).catch(
			(error: unknown) => messageOf(error),
		);
		found.push(await tunnelFound(result, where));
	}
	return found;
}

async function tunnelFound(
	result: Socket | Answer | string,
	where: string,
): Promise<Found> {
	if (typeof result === "string")
		return wrong(
			`${where}a WebSocket's request gets no answer: ${result}`,
			PASS_UPGRADE,
		);
	if (!(result instanceof Socket))
		return wrong(
			`${where}WebSockets are not passed on: the upgrade is answered ${result.status} instead of 101${result.status === 200 ? ", since it arrived as a plain request" : ""}`,
			PASS_UPGRADE,
		);
	try {
		result.write(ASKING_FRAME);
		await received(result, ANSWERING_FRAME.length, TRANSFER_MS);
		return good(`${where}WebSockets pass`);
	} catch (error) {
		return wrong(
			`${where}a WebSocket opens, but carries nothing: ${messageOf(error)}`,
			PASS_UPGRADE,
		);
	} finally {
		result.destroy();
	}
}

const PASS_UPGRADE =
	'nginx: proxy_http_version 1.1, proxy_set_header Upgrade $http_upgrade and proxy_set_header Connection "upgrade" (better by a map of $http_upgrade), for everything below the prefix. Apache from 2.4.47: upgrade=websocket behind the ProxyPass; before, a ws:// ProxyPass with mod_proxy_wstunnel.';

/** Waits until the peer has sent this much. @throws Error where it ends before, or is silent for too long */
async function received(
	socket: Socket,
	count: number,
	patienceMs: number,
): Promise<void> {
	let bytes = 0;
	socket.setTimeout(patienceMs, () =>
		socket.destroy(new Error(`nothing came within ${patienceMs / 1000} s`)),
	);
	for await (const part of socket.iterator({ destroyOnReturn: false })) {
		bytes += (part as Buffer).length;
		if (bytes >= count) return;
	}
	throw new Error("the connection was ended");
}

/** Does a body of some length arrive whole? */
export async function uploadArrives({ front, probe }: Way): Promise<Found> {
	const body = Buffer.alloc(4 * MIB, "galaxy-proxy doctor sends this.\n");
	const headers = {
		...probe.headers("echo"),
		"Content-Length": String(body.length),
	};
	const { signal } = front;
	const path = `${front.prefix}/doctor/upload`;
	const patienceMs = TRANSFER_MS;
	let answer: Answer;
	try {
		answer = await ask(front, {
			method: "POST",
			path,
			headers,
			body,
			signal,
			patienceMs,
		});
	} catch (error) {
		return wrong(`an upload of 4 MiB fails: ${messageOf(error)}`, RAISE_BODY);
	}
	const arrived = arrivedOf(probe, answer);
	if (arrived === null)
		return wrong(
			`an upload of 4 MiB is answered ${answer.status} on the way`,
			RAISE_BODY,
		);
	const sha256 = createHash("sha256").update(body).digest("hex");
	if (arrived.sha256 === sha256)
		return good("an upload of 4 MiB arrives whole");
	return wrong(
		`of an upload of ${body.length} bytes ${arrived.bytes} arrive`,
		RAISE_BODY,
	);
}

/** Does a long answer come back whole? */
export async function downloadArrives({ front, probe }: Way): Promise<Found> {
	const answer = await ask(front, {
		path: `${front.prefix}/doctor/download`,
		headers: probe.headers("long"),
		signal: front.signal,
		patienceMs: TRANSFER_MS,
	});
	if (answer.status !== 200 || faultOf(answer) !== null)
		return wrong(`a long answer comes as ${answer.status}`, KEEP_LONG);
	if (answer.bytes === LONG_BYTES && !answer.isCut)
		return good(`an answer of ${LONG_BYTES / MIB} MiB comes whole`);
	return wrong(
		`an answer of ${LONG_BYTES} bytes is cut after ${answer.bytes}`,
		KEEP_LONG,
	);
}

const KEEP_LONG =
	"Something on the way limits answers by size, or by the room for temporary files: nginx's error log names the folder of proxy_temp_path that it cannot write to; proxy_buffering off needs none.";

/** An answer that begins, says nothing for the silence, and ends; null where none came. */
export async function askSilent(
	{ front, probe }: Way,
	silenceMs: number,
): Promise<Answer | null> {
	const question = {
		path: `${front.prefix}/doctor/silent`,
		headers: probe.headers("silent"),
		signal: front.signal,
		patienceMs: silenceMs + TRANSFER_MS,
	};
	// Whatever ended it: the answer did not come.
	return ask(front, question).catch(() => null);
}

const WAIT_LONGER =
	"nginx: proxy_read_timeout 1h (60 s by default); Apache: timeout=3600 behind the ProxyPass; HAProxy: timeout server and timeout tunnel.";

/** Is it cut? */
export function silenceFound(answer: Answer | null, silenceMs: number): Found {
	const seconds = silenceMs / 1000;
	return answer !== null && answer.text === "begin\nend\n" && !answer.isCut
		? good(`an answer that is silent for ${seconds} s goes on`)
		: wrong(`an answer that is silent for ${seconds} s is cut`, WAIT_LONGER);
}

/** Is its beginning held back until its end? */
export function bufferingFound(
	answer: Answer | null,
	silenceMs: number,
): Found[] {
	if (answer === null || answer.bytes === 0) return [];
	if (answer.spreadMs > silenceMs / 2)
		return [good("answers come as they are made")];
	return [
		doubtful(
			"the front holds an answer back until it is whole: progress, logs and server-sent events come late",
			"nginx: proxy_buffering off in the location of the environments. Look for caches and filters, too.",
		),
	];
}

/** Does a WebSocket live on that is silent for a while? */
export async function tunnelStays(
	{ front, probe }: Way,
	silenceMs: number,
): Promise<Found[]> {
	const path = `${front.prefix}${PLACES[1][1]}/channels`;
	const headers = probe.headers("echo");
	const { signal } = front;
	const result = await upgrade(front, { path, headers, signal }).catch(
		() => null,
	);
	// That none opens has a finding of its own.
	if (!(result instanceof Socket)) return [];
	const seconds = silenceMs / 1000;
	try {
		await received(result, ANSWERING_FRAME.length, silenceMs + TRANSFER_MS);
		return [good(`a WebSocket that is silent for ${seconds} s stays open`)];
	} catch {
		return [
			wrong(`a WebSocket that is silent for ${seconds} s is cut`, WAIT_LONGER),
		];
	} finally {
		result.destroy();
	}
}
