import { readFileSync } from "node:fs";
import { join } from "node:path";
import { environmentsPath, type Settings } from "../../config/config.js";
import { addressesFound } from "./addresses.js";
import { cookieFound, galaxyFound } from "./cookie.js";
import { Findings, Interrupted, unchecked } from "./finding.js";
import {
	bodyFound,
	type Front,
	frontFound,
	prefixFound,
	versionFound,
} from "./front.js";
import { ageFound, fileSystemFound, lockFound, mapFound } from "./map.js";
import { driverFound, launcherFound, nodeFound } from "./node.js";
import { type Options, readSilence, readUrl } from "./options.js";
import { fileLimitFound, portFound } from "./port.js";
import { accessFound, proxyFound, proxyMapFound } from "./proxy.js";
import { jsonOf, linesOf } from "./report.js";
import { type Scene, sceneOf } from "./scene.js";
import { sendTheWay } from "./sending.js";
import { rowsFound, sharedFound, targetsFound } from "./targets.js";

/** Milliseconds for everything, the silence aside. */
const TOTAL_MS = 60_000;
/** A closed terminal too must leave no row and no lock behind. */
const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const WELL = 0;
const WRONG = 1;

/**
 * Looks at everything, prints what was found and resolves with the exit code.
 * @throws {UsageError} for an option's value that is not allowed
 */
export async function diagnose(
	settings: Settings,
	options: Options,
	env: Scene["env"],
): Promise<number> {
	const { config } = settings;
	const url = readUrl(options.url);
	const silenceMs = readSilence(options.silence);
	const ending = new AbortController();
	const interrupt = (): void =>
		ending.abort(new Interrupted("doctor was interrupted"));
	const timer = setTimeout(
		() => ending.abort(new Interrupted("the time of this run is up")),
		TOTAL_MS + silenceMs,
	);
	for (const signal of ENDING) process.on(signal, interrupt);
	const findings = new Findings(ending.signal);
	const version = ownVersion();
	try {
		const scene = sceneOf(config, env, ending.signal);
		const isReadable = await lookHere(findings, scene, version);
		const front = url && frontOf(url, settings, ending.signal);
		if (front === null) await skipFront(findings);
		else await lookAtFront(findings, front, settings);
		if (options.probe && isReadable)
			await sendTheWay(findings, { config, front, silenceMs });
		else await skipProbe(findings, options);
	} finally {
		clearTimeout(timer);
		for (const signal of ENDING) process.off(signal, interrupt);
	}
	const { list } = findings;
	process.stdout.write(options.json ? jsonOf(list, version) : linesOf(list));
	return findings.hasWrong ? WRONG : WELL;
}

/** This host: program, map, containers, port. Whether the map can be read. */
async function lookHere(
	findings: Findings,
	scene: Scene,
	version: string,
): Promise<boolean> {
	const { config, env } = scene;
	const check = findings.check.bind(findings);
	await check("node", () => nodeFound(process.versions.node, process.execPath));
	await check("launcher", () => launcherFound(env.PATH ?? ""));
	await check("driver", () => driverFound(config.sessions));
	await check("map", () => mapFound(scene));
	await check("map lock", () => lockFound(scene));
	await check("map age", () => ageFound(scene));
	await check("map file system", () => fileSystemFound(scene));
	// Where the map cannot be read, that has been said.
	const listing = await scene.rows().catch(() => null);
	if (listing !== null) {
		await check("rows", () => rowsFound(listing));
		await check("rows", () => sharedFound(listing));
		await check("target", () => targetsFound(scene, listing));
	}
	const [port] = await check("port", () => portFound(scene));
	if (port?.verdict !== "wrong") {
		await check("proxy", () => proxyFound(scene, version));
		await check("proxy map", () => proxyMapFound(scene, listing));
		await check("map access", () => accessFound(scene));
	}
	await check("file limit", () => fileLimitFound(scene));
	return listing !== null;
}

/** From outside, without a session. */
async function lookAtFront(
	findings: Findings,
	front: Front,
	{ config, galaxy }: Settings,
): Promise<void> {
	const check = findings.check.bind(findings);
	if (galaxy !== null) await check("galaxy", () => galaxyFound(galaxy, front));
	const [reached] = await check("front", () => frontFound(front));
	if (reached?.verdict === "wrong") return;
	await check("cookie", () => cookieFound(front, config.cookie));
	const [prefix] = await check("front prefix", () => prefixFound(front));
	await check("front addresses", () => addressesFound(front));
	if (prefix?.verdict !== "good") return;
	await check("front http", () => versionFound(front));
	await check("front body", () => bodyFound(front));
}

async function skipFront(findings: Findings): Promise<void> {
	await findings.check("front", () =>
		unchecked(
			"the front proxy was not looked at",
			"Add --url with Galaxy's address as users type it, for example --url https://galaxy.example/galaxy.",
		),
	);
}

async function skipProbe(
	findings: Findings,
	{ probe }: Options,
): Promise<void> {
	await findings.check("probe", () =>
		unchecked(
			"whether cookie, path, query, WebSockets, uploads and long answers come through to a container",
			probe
				? "Mend what is said of the map first."
				: "Add --probe: it writes a test row into the session map, sends requests with it, and removes it.",
		),
	);
}

/** Where environments are: --proxy-prefix, else as Galaxy's file says, else Galaxy's default below its address. */
function frontOf(
	url: URL,
	{ config, galaxy }: Settings,
	signal: AbortSignal,
): Front {
	const below = url.pathname.replace(/\/+$/, "");
	const ofGalaxy =
		galaxy === null ? `${below}/gie_proxy` : environmentsPath(galaxy);
	const prefix = config.proxyPrefix || ofGalaxy;
	return { url, origin: url.origin, prefix, signal };
}

function ownVersion(): string {
	const file = join(__dirname, "../../../package.json");
	const { version } = JSON.parse(readFileSync(file, "utf8")) as {
		version: string;
	};
	return version;
}
