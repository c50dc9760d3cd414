import { createHash } from "node:crypto";
import { once } from "node:events";
import { Socket } from "node:net";
import { type Check, messageOf } from "./check.js";
import { doubtful, type Found, good, wrong } from "./finding.js";
import { placeOf, raiseBody } from "./front.js";
import type { Answer } from "./http-client.js";
import { arrivedIn } from "./probe.js";
import { ask, type FrontProbe } from "./request-checks.js";
import { ANSWERING_FRAME, ASKING_FRAME, LONG_BYTES } from "./test-container.js";

/** The requests that last as long as the silence run in parallel with the other checks. */
export type Silences = ReturnType<typeof startSilences>;

/** Do long and slow transfers pass? */
export const TRANSFER_CHECKS: readonly Check<Silences>[] = [
	{ name: "front upgrade", find: webSocketsPass },
	{ name: "front upload", find: uploadPasses },
	{ name: "front download", find: downloadPasses },
	{ name: "front silence", find: silentAnswer },
	{ name: "front silence", find: ({ tunnel }) => tunnel },
	{ name: "front buffering", find: buffering },
	{ name: "front buffering", find: uploadBuffering },
];

const MIB = 1024 * 1024;
/** Milliseconds without progress, after which a transfer has failed. */
const TRANSFER_MS = 10_000;
/** Milliseconds within which the first part of an upload arrives, unless a front proxy waits for the rest. */
const EARLY_MS = 3000;
/** Apache passes the first 64 KiB on only when more comes. */
const FIRST_PART = Buffer.alloc(
	512 * 1024,
	"galaxy-proxy doctor sends this.\n",
);

export const PASS_UPGRADE =
	'nginx: proxy_http_version 1.1, proxy_set_header Upgrade $http_upgrade and proxy_set_header Connection "upgrade" (better by a map of $http_upgrade), for everything below the prefix. Apache from 2.4.47: upgrade=websocket at the end of the ProxyPass; before, a ws:// ProxyPass with mod_proxy_wstunnel.';
const WAIT_LONGER =
	"nginx: proxy_read_timeout 1d and proxy_send_timeout 1d (60 s by default); Apache: timeout=86400 at the end of the ProxyPass; HAProxy: timeout server and timeout tunnel.";
const KEEP_LONG =
	"Something between browser and proxy limits answers by size, or by the space for temporary files: nginx's error log names the folder of proxy_temp_path that it cannot write to; proxy_buffering off needs none.";

export function startSilences(subject: FrontProbe, silenceMs: number) {
	const question = { patienceMs: silenceMs + TRANSFER_MS };
	// Undefined if no answer came.
	const answer = ask(subject, "silent", "/doctor/silent", question).catch(
		() => undefined,
	);
	const tunnel = silentTunnel(subject, silenceMs);
	return { ...subject, silenceMs, answer, tunnel };
}

function upgrade({ front, probe }: FrontProbe, place: string) {
	const path = `${front.prefix}${place}/channels`;
	return front.client.upgrade(path, probe.headers("echo"));
}

/** Is an upgrade passed on, and do bytes pass in both directions? */
async function* webSocketsPass(subject: FrontProbe): AsyncIterable<Found> {
	for (const [where, place] of subject.front.places) {
		const problem = await upgrade(subject, place).then(
			tunnelProblem,
			(error) => `a WebSocket's request gets no answer: ${messageOf(error)}`,
		);
		if (problem === undefined) yield good`${where}WebSockets pass`;
		else yield wrong`${where}${problem} -> ${PASS_UPGRADE}`;
	}
}

/** Destroys the socket. */
async function tunnelProblem(result: Socket | Answer) {
	if (result instanceof Socket) {
		result.write(ASKING_FRAME);
		return received(result, TRANSFER_MS).then(
			() => undefined,
			(error) => `a WebSocket opens, but carries nothing: ${messageOf(error)}`,
		);
	}
	const reason =
		result.status === 200 ? ", because it arrived as a plain request" : "";
	return `WebSockets are not passed on: the upgrade is answered ${result.status} instead of 101${reason}`;
}

/** Does a WebSocket survive a silence? */
async function silentTunnel(subject: FrontProbe, silenceMs: number) {
	const result = await upgrade(
		subject,
		subject.front.places.at(-1)?.[1] ?? "",
	).catch(() => undefined);
	// The check of upgrades reports that none opens.
	if (!(result instanceof Socket)) return undefined;
	const what = `${placeOf(subject.front)}a WebSocket that is silent for ${silenceMs / 1000} s`;
	return received(result, silenceMs + TRANSFER_MS).then(
		() => good`${what} stays open`,
		() => wrong`${what} is cut -> ${WAIT_LONGER}`,
	);
}

/** Waits for the test container's frame and destroys the socket. @throws Error if the connection ends or stays silent */
async function received(socket: Socket, patienceMs: number): Promise<void> {
	let bytes = 0;
	socket.setTimeout(patienceMs, () =>
		socket.destroy(new Error(`nothing came within ${patienceMs / 1000} s`)),
	);
	for await (const part of socket) {
		bytes += (part as Buffer).length;
		if (bytes >= ANSWERING_FRAME.length) return;
	}
	throw new Error("the connection was closed");
}

async function uploadPasses(subject: FrontProbe): Promise<Found> {
	const body = Buffer.alloc(4 * MIB, "galaxy-proxy doctor sends this.\n");
	const answer = await ask(subject, "echo", "/doctor/upload", {
		method: "POST",
		headers: { "Content-Length": String(body.length) },
		body,
		patienceMs: TRANSFER_MS,
	}).catch(messageOf);
	if (typeof answer === "string")
		return wrong`${placeOf(subject.front)}an upload of 4 MiB fails: ${answer} -> ${raiseBody(subject.front)}`;
	const arrived = arrivedIn(answer, subject.probe);
	if (arrived === undefined)
		return wrong`${placeOf(subject.front)}an upload of 4 MiB is answered ${answer.status} before the container -> ${raiseBody(subject.front)}`;
	const sha256 = createHash("sha256").update(body).digest("hex");
	return arrived.sha256 === sha256
		? good`${placeOf(subject.front)}an upload of 4 MiB arrives complete`
		: wrong`${placeOf(subject.front)}only ${arrived.bytes} of ${body.length} bytes of an upload arrive -> ${raiseBody(subject.front)}`;
}

async function downloadPasses(subject: FrontProbe): Promise<Found> {
	const patienceMs = TRANSFER_MS;
	const answer = ask(subject, "long", "/doctor/download", { patienceMs });
	const { status, bytes, isCut } = await answer;
	if (status !== 200)
		return wrong`${placeOf(subject.front)}a long answer comes as ${status} -> ${KEEP_LONG}`;
	return bytes === LONG_BYTES && !isCut
		? good`${placeOf(subject.front)}an answer of ${LONG_BYTES / MIB} MiB comes complete`
		: wrong`${placeOf(subject.front)}an answer of ${LONG_BYTES} bytes is cut after ${bytes} -> ${KEEP_LONG}`;
}

async function silentAnswer(subject: Silences): Promise<Found> {
	const { answer, silenceMs, front } = subject;
	const { text, isCut } = (await answer) ?? {};
	const what = `${placeOf(front)}an answer that is silent for ${silenceMs / 1000} s`;
	return text === "begin\nend\n" && !isCut
		? good`${what} goes on`
		: wrong`${what} is cut -> ${WAIT_LONGER}`;
}

/** Does the beginning of an answer arrive before its end? */
async function buffering(subject: Silences): Promise<Found | undefined> {
	const answer = await subject.answer;
	if (answer === undefined || answer.bytes === 0) return undefined;
	if (answer.spreadMs > subject.silenceMs / 2)
		return good`${placeOf(subject.front)}answers arrive while they are written`;
	// The check of the silence has reported it.
	if (answer.isCut) return undefined;
	return doubtful`${placeOf(subject.front)}the front buffers an answer until it is complete: progress, logs and server-sent events come late
		-> nginx: proxy_buffering off in the location of the ${subject.front.of}. Look for caches and filters, too.`;
}

/** Does the first part of an upload arrive before the rest is sent? */
async function uploadBuffering(subject: Silences): Promise<Found | undefined> {
	const { front, probe } = subject;
	if (front.of !== "tools") return undefined;
	const question = {
		method: "POST",
		body: FIRST_PART,
		announcedBytes: 2 * FIRST_PART.length,
		patienceMs: 2 * EARLY_MS,
	};
	const { uploads } = probe;
	const signal = AbortSignal.timeout(EARLY_MS);
	const begun = once(uploads, "begun", { signal }).then(
		() => good`${placeOf(front)}uploads arrive while they are sent`,
		() =>
			doubtful`${placeOf(front)}the front buffers an upload until it is complete: it needs space for it, and tools show no progress
				-> nginx: proxy_request_buffering off in the location of the tools.`,
	);
	// An answer before that is the front's, and the check of uploads has reported it.
	const refused = ask(subject, "early", "/doctor/early", question).then(
		() => undefined,
		() => begun,
	);
	return Promise.race([begun, refused]);
}
