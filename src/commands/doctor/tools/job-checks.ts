import { existsSync } from "node:fs";
import { join } from "node:path";
import { variableName } from "../../../config/config.js";
import { doubtful, type Found, good, unchecked, wrong } from "../finding.js";
import {
	type Destination,
	engineOf,
	ifKnown,
	isNamedIn,
	isXml,
	type JobConf,
	readJobConf,
	settingIn,
	toolIn,
	variableIn,
} from "./job-conf.js";
import { serviceOf } from "./service.js";
import { isTrue, MONITOR, type Setup, textOf } from "./setup.js";

/** For each kind of destination with rules of another program: the part that is not checked, and the advice. */
const ELSEWHERE: Readonly<Record<string, readonly [string, string]>> = {
	dynamic: [
		"where these rules send tools is not checked",
		"Start an interactive tool. The rules must send it to a destination with docker_enabled and require_container.",
	],
	pulsar: [
		"whether this host reaches the containers of Pulsar is not checked",
		"Start an interactive tool and run doctor again: the line target says what its address does.",
	],
	kubernetes: [
		"Kubernetes serves its tools by its own ingress, which is not checked, and not by this proxy",
		"The names and paths of these tools must lead to the ingress controller. Where no tool runs elsewhere, no proxy is needed.",
	],
};

/** Which destinations can run tools in containers, and do tools get there? */
export function* destinations(setup: Setup): Iterable<Found> {
	const conf = readJobConf(setup);
	if (conf === undefined) {
		yield wrong`Galaxy has no job configuration, so it runs every job without a container, and no interactive tool gets one
			-> Write config/job_conf.yml with an environment such as docker: ${sampleFor(setup)}, and make it the default of tools (galaxy-proxy front galaxy prints it).`;
		return;
	}
	if ("problem" in conf) {
		yield conf.isBroken
			? wrong`Galaxy cannot read its job configuration: ${conf.problem} -> Correct it, or job_config_file in ${setup.galaxy.file}, and restart Galaxy.`
			: unchecked`the job configuration could not be read: ${conf.problem} -> Run doctor as root or as Galaxy's user.`;
		return;
	}
	yield* reached(conf, setup);
	for (const each of withDocker(conf))
		for (const found of containersOf(setup, conf.place, each))
			yield ifKnown(conf, found, isNamedIn(found, each.id));
}

function* containersOf(
	setup: Setup,
	place: string,
	{ id, params }: Destination,
): Iterable<Found> {
	if (!isTrue(params.require_container, setup.isOn("require_container", false)))
		yield doubtful`${id} in ${place} has no require_container: a tool whose container Galaxy does not find runs on the host, as Galaxy's user
			-> Add ${settingIn(place, "require_container", "true")} to ${id}.`;
	const net = textOf(params.docker_net) ?? "";
	if (/^(none|host)$/.test(net))
		yield wrong`${id} in ${place} has docker_net: ${net}: Docker publishes no port, so Galaxy's monitor finds none, and tools stay inactive -> Write ${settingIn(place, "docker_net", "bridge")} in ${id}.`;
}

/** An environment for tools. Galaxy's default monitor is missing in an installation by pip. */
function sampleFor({ root, venv }: Setup): string {
	const monitor = existsSync(join(root, MONITOR))
		? ""
		: `, container_monitor_command: ${monitorIn(venv)}`;
	return `{runner: local, docker_enabled: true, docker_volumes: $defaults, require_container: true${monitor}}`;
}

function monitorIn(venv: string | undefined): string {
	return join(venv ?? "/path/of/galaxy's/venv", "bin/galaxy-container-monitor");
}

function* reached(conf: JobConf, setup: Setup): Iterable<Found> {
	const { place, defaultId, mapped, hasMacros } = conf;
	const ifAll = (keys: readonly string[], found: Found): Found =>
		ifKnown(conf, found, ({ key }) => keys.includes(key));
	const targets = new Set([...mapped, ...(defaultId ? [defaultId] : [])]);
	const isReached = ({ id, tags }: Destination): boolean =>
		targets.has(id) || tags.some((tag) => targets.has(tag));
	if (
		!hasMacros &&
		defaultId !== undefined &&
		!conf.destinations.some(
			({ id, tags }) => id === defaultId || tags.includes(defaultId),
		)
	)
		yield ifAll(
			["default", "enabled"],
			wrong`the default in ${place} is ${defaultId}, which is not an environment there: Galaxy does not start
			-> Correct the default of execution, or add the environment ${defaultId}.`,
		);
	const docker = withDocker(conf);
	const elsewhere = conf.destinations.filter(({ kind }) => kind in ELSEWHERE);
	const ready = docker.filter(isReached);
	const able = [...docker, ...elsewhere.filter(hasDocker)];
	const [first] = able;
	if (ready.length > 0) {
		yield good`tools can get containers in ${idsOf(ready)} (${place})`;
	} else if (elsewhere.some(isReached)) {
		for (const [kind, [what, remedy]] of Object.entries(ELSEWHERE)) {
			const reached = elsewhere.filter(isReached);
			const ids = idsOf(reached.filter((each) => each.kind === kind));
			if (ids !== "") yield unchecked`${ids} in ${place}: ${what} -> ${remedy}`;
		}
	} else if (first !== undefined) {
		yield ifAll(
			["default", "docker_enabled", "enabled"],
			doubtful`${idsOf(able)} in ${place} can run containers, but no tool is mapped there, and the default is ${defaultId ?? "not set"}
			-> Map your interactive tools in the section tools of ${place}, for example: ${toolIn(place, "interactive_tool_jupyter_notebook", first.id)}`,
		);
	} else {
		yield ifAll(
			["docker_enabled", "enabled"],
			wrong`no destination in ${place} has docker_enabled: interactive tools get no container, and Galaxy refuses to start them
			-> Add an environment such as docker: ${sampleFor(setup)}, and map the tools to it (galaxy-proxy front galaxy prints it).`,
		);
	}
}

function idsOf(destinations: readonly Destination[]): string {
	return destinations.map(({ id }) => id).join(", ");
}

function hasDocker({ params }: Destination): boolean {
	return isTrue(params.docker_enabled, false);
}

/** The destinations whose own settings decide about containers, on this host or a cluster. */
export function withDocker({ destinations }: JobConf): Destination[] {
	return destinations.filter(
		(each) => /local|drm/.test(each.kind) && hasDocker(each),
	);
}

/** Does Galaxy learn where a container listens? The container monitor of each job tells it. */
export async function* monitor(setup: Setup): AsyncIterable<Found> {
	const conf = readJobConf(setup);
	if (conf === undefined || "problem" in conf) return;
	const found: Found[] = [];
	const add = (each: Destination, one: Found) =>
		found.push(ifKnown(conf, one, isNamedIn(one, each.id)));
	for (const each of withDocker(conf))
		for (const one of monitorOf(setup, conf.place, each)) add(each, one);
	for (const each of conf.destinations)
		for await (const one of callback(setup, conf.place, each)) add(each, one);
	yield* found;
	const names = withDocker(conf).map(({ id }) => id);
	if (found.length === 0 && names.length > 0)
		yield good`the container monitor of ${names.join(", ")} can tell Galaxy where containers listen`;
}

function* monitorOf(
	setup: Setup,
	place: string,
	destination: Destination,
): Iterable<Found> {
	const { id, params } = destination;
	const value = (key: string): string | undefined =>
		textOf(params[key]) ?? setup.text(key);
	if (!isTrue(value("container_monitor"), true)) {
		yield wrong`${id} in ${place} has container_monitor: false: Galaxy never learns the port of a container, and its tools stay inactive
			-> Remove the line, or set container_monitor: true.`;
		return;
	}
	yield* command(setup, place, destination);
	yield* dockerHost(place, destination);
	yield* ipMethod(place, destination);
}

/** Galaxy's default is a file of its source tree, which a pip installation does not have. */
function* command(
	{ root, isRootKnown, venv, text }: Setup,
	place: string,
	{ id, params, kind }: Destination,
): Iterable<Found> {
	const given =
		textOf(params.container_monitor_command) ??
		text("container_monitor_command");
	const [present = ""] = (given ?? "").split(/\s+/);
	const cure = `Add ${settingIn(place, "container_monitor_command", monitorIn(venv))} to ${id}.`;
	const problem = kind === "local" ? wrong : doubtful;
	if (given === undefined && !existsSync(join(root, MONITOR)))
		yield problem`${id} in ${place} has no container_monitor_command, and Galaxy's default, ${join(root, MONITOR)}, does not exist, as in every installation by pip: tools start, but stay inactive
			-> ${cure}${isRootKnown ? "" : " If Galaxy runs from its source tree, run doctor in that folder."}`;
	else if (present.startsWith("/") && !existsSync(present))
		yield problem`container_monitor_command of ${id} in ${place} is ${present}, which does not exist on this host: tools start, but stay inactive -> ${cure}`;
}

/** docker_host reaches `docker run`, but not the monitor's `docker port`. */
function* dockerHost(
	place: string,
	{ id, params, hasEnv }: Destination,
): Iterable<Found> {
	const host = textOf(params.docker_host);
	if (host === undefined || hasEnv("DOCKER_HOST")) return;
	const cure = `Add ${variableIn(place, "DOCKER_HOST", host)} to ${id} in ${place}.`;
	if (hasEnv("DOCKER_HOST") === undefined)
		yield unchecked`${id} in ${place} has docker_host, and whether the files and commands of its env set DOCKER_HOST as well is not checked -> If tools stay inactive: ${cure}`;
	else
		yield wrong`${id} in ${place} has docker_host without DOCKER_HOST in env: the container starts, but its monitor asks another engine for the port without end, and nothing stops the container
			-> ${cure}`;
}

function* ipMethod(place: string, destination: Destination): Iterable<Found> {
	const { id, params } = destination;
	const key = "container_monitor_get_ip_method";
	const method = textOf(params[key]);
	const remote = engineOf(destination);
	if (method !== undefined && !method.startsWith("command:"))
		yield wrong`${key} of ${id} in ${place} is "${method}": Galaxy knows only commands, and the job fails
			-> Write ${getsIp(place, "ADDRESS")}, with the address of the engine as this host reaches it.`;
	const [, program] = /^command:\s*(\/\S+)/.exec(method ?? "") ?? [];
	if (program !== undefined && !existsSync(program))
		yield doubtful`${key} of ${id} in ${place} runs ${program}, which does not exist on this host -> Correct the path; the command runs where the job runs.`;
	if (method === undefined && remote !== undefined)
		yield wrong`${id} in ${place} runs containers on the engine at ${remote}, but without ${key} Galaxy writes this host's own address into the map
			-> Add ${getsIp(place, remote)} to ${id}.`;
}

/** The line by which containers get an address that this host reaches. */
export function getsIp(place: string, address: string): string {
	const command = `command:echo ${address}`;
	return settingIn(
		place,
		"container_monitor_get_ip_method",
		isXml(place) ? command : `"${command}"`,
	);
}

/** Such a container holds a key with which it may name any address as its own. */
async function* callback(
	setup: Setup,
	place: string,
	{ id, kind, params }: Destination,
): AsyncIterable<Found> {
	const { host, text, gravityFile } = setup;
	const { isEnabled, environment } = serviceOf(setup);
	const key = "container_monitor_result";
	const result = textOf(params[key]) ?? text(key);
	if (kind === "kubernetes" || result !== "callback") return;
	const variable = variableName("allowTarget");
	const daemon = await host.daemon();
	// Gravity's variable counts from the next start on.
	const limits = [host.config.allowTarget, daemon?.allowTarget];
	if (daemon === undefined) limits.push(textOf(environment[variable]));
	if (limits.some((each) => (each ?? "any") !== "any")) return;
	const limit = isEnabled
		? `Set ${variable} in gx_it_proxy.environment of ${gravityFile} to the network of the engines, for example ${variable}: 10.1.2.0/24, then galaxyctl update && galaxyctl restart gx-it-proxy.`
		: "Start the proxy with --allow-target and the network of the engines, for example --allow-target 10.1.2.0/24.";
	const cure =
		kind === "pulsar"
			? limit
			: `Remove ${key}, or set it to file, where job folders are shared with Galaxy. Else limit where rows may lead. ${limit}`;
	yield doubtful`${id} in ${place} has ${key}: callback: each container can read its job's key and report any address, so that its link leads to another user's container, or into Galaxy's own network
		-> ${cure}`;
}
