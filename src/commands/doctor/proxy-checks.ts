import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Config } from "../../config/config.js";
import { FAULTS } from "../../faults.js";
import { sessionLabel } from "../../log/session-label.js";
import type { Listing } from "../../session-map/map-list.js";
import { type Answer, ask, askedIn, faultOf, Unanswered } from "./asking.js";
import type { Account, Daemon } from "./daemon.js";
import {
	codeOf,
	doubtful,
	type Found,
	good,
	messageOf,
	unchecked,
	wrong,
} from "./finding.js";
import { serverOf } from "./listener.js";
import type { Scene } from "./scene.js";

/** Is what answers there ours, in the version that is installed, with the flags that doctor was given? */
export async function proxyFound(
	scene: Scene,
	version: string,
): Promise<Found | Found[]> {
	const { config, signal } = scene;
	const path = `${config.proxyPrefix}/`;
	let answer: Answer;
	try {
		answer = await ask(serverOf(config), { path, signal });
	} catch (error) {
		return notAnswering(error);
	}
	const fault = faultOf(answer);
	if (fault === "outsidePrefix")
		return wrong(
			`it answers 404 to ${path}: it serves another --proxy-prefix`,
			FAULTS.outsidePrefix.remedy,
		);
	if (fault === null && askedIn(answer) === undefined)
		return wrong(
			`what listens there answers ${answer.status} to a request without a session, which no galaxy-proxy does`,
			"Find out who holds the port; the proxy needs one of its own.",
		);
	return daemonFound(await scene.daemon(), config, version);
}

function notAnswering(error: unknown): Found {
	const what = `what listens there does not answer in HTTP: ${messageOf(error)}`;
	return error instanceof Unanswered
		? wrong(
				`${what}. So does Galaxy's own legacy proxy without a session: it still runs, if this one was put into its place meanwhile; else the proxy hangs`,
				"Look at its log, and restart it; where Galaxy starts it, restart Galaxy.",
			)
		: wrong(what, "Find out who holds the port, and restart the proxy.");
}

/** Milliseconds. The system tells when it was started by the second. */
const START_MS = 2000;

/** What of its version and its flags shows, beside doctor's own. */
export function daemonFound(
	daemon: Daemon | null,
	config: Pick<Config, "cookie" | "proxyPrefix">,
	version: string,
): Found | Found[] {
	if (daemon === null)
		return good("it answers as a galaxy-proxy; of which version does not show");
	const found: Found[] = [];
	if (daemon.version !== null && daemon.version !== version)
		found.push(
			doubtful(
				`it runs version ${daemon.version}, doctor is ${version}`,
				"Run the doctor of the installation that serves, or restart the proxy from the new one.",
			),
		);
	if (daemon.installedAt > daemon.startedAt + START_MS)
		found.push(
			doubtful(
				"its files were installed after it was started: the old version still runs",
				"Restart the proxy.",
			),
		);
	const { cookie, proxyPrefix } = daemon;
	if (cookie !== undefined && cookie !== config.cookie)
		found.push(
			wrong(
				`it looks for the cookie ${cookie}, not ${config.cookie}`,
				"Galaxy's is galaxysession: leave --cookie away, or give doctor the same.",
			),
		);
	if (proxyPrefix !== undefined && config.proxyPrefix === "")
		found.push(
			doubtful(
				`it serves ${proxyPrefix} alone, and doctor was not told so`,
				`Run doctor with --proxy-prefix ${proxyPrefix}.`,
			),
		);
	if (found.length > 0) return found;
	const named = daemon.version === null ? "" : ` ${daemon.version}`;
	return good(`process ${daemon.pid} answers as galaxy-proxy${named}`);
}

/** Does the running proxy read this map, now? Asked with the newest session, whose container need not answer. */
export async function proxyMapFound(
	{ config, signal, daemon }: Scene,
	listing: Listing | null,
): Promise<Found> {
	// A session's key is its user's login: it goes to a galaxy-proxy, and to nobody who only answers like one.
	if (((await daemon())?.version ?? null) === null)
		return unchecked(
			"who holds the port does not show, and only a galaxy-proxy is sent a session's cookie",
			"Run doctor as root or as the proxy's own account, on its host.",
		);
	const newest = listing?.rows.find(
		({ key }) =>
			key !== "null" &&
			/^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]{1,1024}$/.test(key),
	);
	if (newest === undefined)
		return unchecked(
			"needs a session in the map to ask for",
			"Start an environment from Galaxy, or add --probe.",
		);
	const Cookie = `${config.cookie}=${newest.key.replaceAll("%", "%25")}`;
	const question = { path: `${config.proxyPrefix}/`, method: "HEAD", signal };
	const who = `the newest session of the map (${sessionLabel(newest.key)})`;
	const answer = await ask(serverOf(config), {
		...question,
		headers: { Cookie },
	}).catch(unlessUnanswered);
	if (answer === null)
		return good(
			`the running proxy carries ${who} to a container that is silent`,
		);
	if (answer.status === 403 && askedIn(answer) !== undefined)
		return wrong(
			`the running proxy does not know ${who}: it reads another map, or looks for another cookie`,
			"Compare its --sessions and --cookie with doctor's; a relative --sessions starts from its working directory. Its log says whether it can read the map.",
		);
	if (
		answer.status === 503 &&
		askedIn(answer) !== undefined &&
		answer.headers["retry-after"] === "1"
	)
		return wrong(
			"the running proxy cannot read the map",
			FAULTS.mapUnreadable.remedy,
		);
	return good(`the running proxy knows ${who}`);
}

/** A refusal comes at once: who keeps silent is the container. */
function unlessUnanswered(error: unknown): null {
	if (error instanceof Unanswered) return null;
	throw error;
}

const READ = 4;
const SEARCH = 1;

/** May the account of the running proxy read the map? Doctor's own may, or the check of the map has told. */
export async function accessFound({
	config,
	daemon,
}: Scene): Promise<Found | Found[]> {
	const account = (await daemon())?.account ?? null;
	if (account === null)
		return unchecked(
			"needs the running proxy, of an account that shows",
			"Run doctor as root, or as the account of the proxy.",
		);
	const who = `the proxy's account (uid ${account.uid})`;
	try {
		for (let folder = dirname(config.sessions); ; folder = dirname(folder)) {
			if (!(await may(account, folder, SEARCH)))
				return denied(who, `enter ${folder}`);
			if (folder === dirname(folder)) break;
		}
		return (await may(account, config.sessions, READ))
			? good(`${who} may read the map`)
			: denied(who, `read ${config.sessions}`);
	} catch (error) {
		// That it is not there, or not to be looked at, has been said.
		if (["ENOENT", "EACCES", "ENOTDIR"].includes(codeOf(error))) return [];
		throw error;
	}
}

function denied(who: string, what: string): Found {
	return wrong(
		`${who} may not ${what}`,
		"Run the proxy as Galaxy's user, or give it the right by group or chmod (an access list, getfacl, does not show here).",
	);
}

/** By the mode bits alone. */
async function may(
	{ uid, groups }: Account,
	path: string,
	bit: number,
): Promise<boolean> {
	if (uid === 0) return true;
	const stats = await stat(path);
	const shift = uid === stats.uid ? 6 : groups.includes(stats.gid) ? 3 : 0;
	return ((stats.mode >> shift) & bit) !== 0;
}
