import { randomBytes } from "node:crypto";
import { toolSession } from "../../../route.js";
import { newToken } from "../../../session-map/tool-edit.js";
import { editorOf } from "../../routes/map-editor.js";
import { type Check, type Diagnosis, messageOf } from "../check.js";
import { type Found, good, unchecked, wrong } from "../finding.js";
import type { Front } from "../front.js";
import type { Host } from "../host.js";
import { arrivedIn, type Probe, type TestRow, withTestRow } from "../probe.js";
import { type FrontProbe, REQUEST_CHECKS, send } from "../request-checks.js";
import { WISH } from "../test-container.js";
import {
	type Silences,
	startSilences,
	TRANSFER_CHECKS,
} from "../transfer-checks.js";
import type { PublicWay } from "./public-way.js";
import { TOOL_REQUEST_CHECKS } from "./tool-request-checks.js";

/** The test tool, as the proxy itself and the front proxy know it. */
interface TestTool {
	readonly key: string;
	readonly token: string;
}

interface ToolProbe extends Probe {
	readonly tool: TestTool;
}

const PROBE_CHECK: Check<ToolProbe> = { name: "probe", find: proxyAlone };

/** The other checks of a way need this one to be good. */
const TOOL_CHECK: Check<FrontProbe> = { name: "front tool", find: toolReached };

/** The number of random characters after the mark in a test tool's key: together they fill Galaxy's column. */
const KEY_BYTES = 5;
const KEY_MARK = "doctor";

/**
 * Adds a tool to the map that leads to the test container, asks for it by both ways through the front proxy, and removes it
 * in any case. Key and token are random: nobody else has them.
 * @param way undefined if Galaxy does not answer at its address
 */
export async function probeTools(
	diagnosis: Diagnosis,
	{ host, way }: { host: Host; way: PublicWay | undefined },
	silenceMs: number,
): Promise<void> {
	const key = KEY_MARK + randomBytes(KEY_BYTES).toString("hex");
	const tool = { key, token: newToken() };
	const row = rowOf(tool, host);
	await withTestRow(diagnosis, { host, row, silenceMs }, async (started) => {
		const { mark, uploads } = started;
		const headers = (wish: string) => ({ [WISH]: wish });
		const probe = { host, mark, uploads, headers, tool };
		await diagnosis.run([PROBE_CHECK], probe);
		if (diagnosis.verdictOf("probe") !== "good" || way === undefined) return;
		const subjects: FrontProbe[] = [];
		for (const subject of await waysTo(tool, way)) {
			const known = diagnosis.findings.length;
			const all = { ...subject, probe };
			await diagnosis.run([TOOL_CHECK], all);
			if (diagnosis.findings[known]?.verdict === "good") subjects.push(all);
		}
		// Both ways are tested at the same time, so that their silences do not add up.
		const silences = subjects.map((each) => startSilences(each, silenceMs));
		for (const each of silences) await checkWay(diagnosis, each);
	});
}

async function checkWay(diagnosis: Diagnosis, way: Silences): Promise<void> {
	await diagnosis.run(REQUEST_CHECKS, way);
	await diagnosis.run(TOOL_REQUEST_CHECKS, way);
	await diagnosis.run(TRANSFER_CHECKS, way);
}

function rowOf({ key, token }: TestTool, { config }: Host): TestRow {
	const session = toolSession(key, token);
	// Another check reports a lock that stays.
	const editor = (signal: AbortSignal) =>
		editorOf(config, { signal, onWait: () => {} });
	return {
		add: (target, signal) => editor(signal).add(session, target),
		remove: (signal) => editor(signal).remove(session),
	};
}

/** The ways that the proxy serves, to the test tool and to no tool. */
async function waysTo({ key, token }: TestTool, way: PublicWay) {
	const { byPath, wildcard, config } = way;
	const ways: { front: Front; stranger: Front }[] = [];
	if (byPath.prefix !== "" && !config.checkOwner)
		ways.push({
			front: {
				...byPath,
				prefix: `${byPath.prefix}/${key}/${token}`,
				received: "",
			},
			stranger: byPath,
		});
	if (wildcard !== undefined && config.domainTools === "on")
		ways.push({
			front: await way.byHost(`${key}-${token}`),
			stranger: await way.byHost(),
		});
	return ways;
}

/** Does the proxy itself, without a front, reach the test container? */
async function proxyAlone(probe: ToolProbe): Promise<Found> {
	const { config, client } = probe.host;
	const { key, token } = probe.tool;
	const { proxyPathPrefix: prefix, checkOwner, domainTools } = config;
	const isByPath = prefix !== "" && !checkOwner;
	if (!isByPath && domainTools === "off")
		return unchecked`whether a test tool is reached: with --check-owner the proxy asks Galaxy for its owner, and Galaxy does not know it
			-> Open a tool in a browser. To probe the front proxy, run the proxy without --check-owner for a moment.`;
	const Host = `${key}-${token}.ep.interactivetool.doctor`;
	const headers = { ...probe.headers("echo"), ...(isByPath ? {} : { Host }) };
	const path = isByPath ? `${prefix}/${key}/${token}/doctor` : "/doctor";
	const answer = await client.ask(path, { headers }).catch(messageOf);
	if (typeof answer === "string")
		return wrong`the proxy does not answer: ${answer} -> First solve the problem that the check of the port reports.`;
	if (arrivedIn(answer, probe) !== undefined)
		return good`a test row was written, and the proxy reached its container at once`;
	switch (answer.fault) {
		case "noTool":
			return wrong`the proxy does not know the test row that was just written: it reads another map, or has another --proxyPathPrefix
				-> Compare its --sessions and --proxyPathPrefix with doctor's; a relative --sessions starts from its working directory.`;
		case "mapUnreadable":
			return wrong`the proxy cannot read the map that doctor has just written to -> Its log says why; usually its account may not read the file or its folder.`;
		case "targetMissing":
			return wrong`the proxy does not reach a container on 127.0.0.1 of this host
				-> With --allow-target: add 127.0.0.1 while you run the probe. A proxy in a container, or one with --forwardIP, has another 127.0.0.1: run doctor there.`;
		case "notLoggedIn":
		case "notYours":
			return unchecked`whether a test tool is reached: the proxy asks Galaxy for the owner of each tool -> Run doctor with the proxy's own flags, among them --check-owner and --galaxy-url.`;
		default:
			return wrong`the proxy answers the test row with ${answer.status} -> Its log has the reason. If gx-it-proxy runs there, it needs seconds to see a row: start this proxy in its place.`;
	}
}

/** Does a request through the front reach the test container? */
async function toolReached(subject: FrontProbe): Promise<Found> {
	const { arrived, answer } = await send(subject, "/doctor/plain");
	const [[where = ""] = []] = subject.front.places;
	if (arrived !== undefined)
		return good`${where}a test tool is reached through the front`;
	const { fault, status } = answer;
	if (fault === "noTool" && subject.front.prefix === "")
		return wrong`${where}requests reach the proxy, but without the host name of the tool: Host arrives changed
			-> nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost On; HAProxy: remove http-request set-header Host.`;
	if (fault === "noTool")
		return wrong`${where}requests reach a proxy that does not know the test row, or the front changes their path
			-> Does the front lead to the proxy that doctor examines? In nginx a proxy_pass without a path after the port leaves the path as it is.`;
	return wrong`${where}a request for a test tool is answered ${status} before the container
		-> Look at the findings about the front above, and at the front's error log.`;
}
