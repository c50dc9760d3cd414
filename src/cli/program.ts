import { Command, CommanderError, Option } from "commander";
import { daemonSettings } from "../commands/active-settings.js";
import { type Line, printError, type Work } from "../commands/command.js";
import {
	DEFAULTS,
	type Given,
	ONLY,
	type ProgramName,
	UsageError,
} from "../config/config.js";
import type { OpenWorker } from "../daemon/worker.js";
import { WORKER_VARIABLE } from "../group.js";
import { ROLLING_TUNNELS_MS } from "../limits.js";
import { VERSION } from "../package.js";
import { endBySignals, Signals } from "../process/signals.js";
import { hideSecrets, hiding } from "./secret-arguments.js";

/** Exit codes; 1 is for fatal errors while running. */
const SUCCESS = 0;
const USAGE = 2;

/** Columns of the help on every terminal: the README shows the same lines. */
const HELP_WIDTH = 80;

/**
 * Runs the command on the command line, or serves until the daemon's end. Prints usage errors to standard error.
 * @param args without node and script
 * @param name by which the program was started
 * @returns the exit code
 */
export async function main(
	args: readonly string[],
	env: NodeJS.ProcessEnv,
	name: string,
): Promise<number> {
	const program: ProgramName = name === "gx-it-proxy" ? name : "galaxy-proxy";
	hideSecrets(args);
	try {
		if (name === "gx-it-proxy-create-db") {
			const { createDb } = await import("../commands/create-db/create-db.js");
			return await createDb(args, { env, cwd: process.cwd() });
		}
		const worker = await workerOf(env);
		const given = worker?.args ?? args;
		const alone = flagsAlone(given, program);
		const work = (line: Line) => serve(line, given, worker?.open);
		const [flags, chosen] = alone
			? [alone, work]
			: await commandLine(given, program, work);
		const surroundings = { env, cwd: process.cwd(), program };
		return await chosen({ flags, surroundings });
	} catch (error) {
		// Commander has already written its message, or the help.
		if (error instanceof CommanderError)
			return error.exitCode === 0 ? SUCCESS : USAGE;
		if (!(error instanceof UsageError)) throw error;
		printError(hiding(args)(error.message), program);
		return USAGE;
	}
}

/** The flags of a line without a command. It is tried first, so that a start does not load the commands. */
function flagsAlone(
	args: readonly string[],
	name: ProgramName,
): Given | undefined {
	const ignore = (): void => {};
	const program = newProgram(name).configureOutput({
		writeOut: ignore,
		outputError: ignore,
		writeErr: ignore,
	});
	try {
		return flagsIn(args, program);
	} catch (error) {
		if (error instanceof CommanderError) return undefined;
		throw error;
	}
}

async function commandLine(
	args: readonly string[],
	name: ProgramName,
	serveAlone: Work,
): Promise<[Given, Work]> {
	const { COMMANDS } = await import("../commands/commands.js");
	const program = newProgram(name, hiding(args));
	let work = serveAlone;
	for (const add of COMMANDS)
		add(program, (chosen) => {
			work = chosen;
			endBySignals();
		});
	return [flagsIn(args, program), work];
}

/** @param args the command line, for workers */
async function serve(
	line: Line,
	args: readonly string[],
	openWorker: OpenWorker | undefined,
): Promise<number> {
	const { env } = line.surroundings;
	// Signals of npm are its supervisor's.
	const signals = new Signals(openWorker === undefined ? env : {});
	const worker = openWorker?.(signals);
	const settings = await daemonSettings(line);
	// Loaded only here, so that help and usage errors come at once.
	if (settings.config.workers !== undefined && worker === undefined) {
		const { supervise } = await import("../supervisor/supervisor.js");
		return await supervise(settings.config, args, signals);
	}
	const { run } = await import("../daemon/daemon.js");
	return await run(settings, signals, worker);
}

/** Loaded only for a worker. Its supervisor may have ended already, so that the channel to it does not tell. */
async function workerOf(env: NodeJS.ProcessEnv) {
	if (env[WORKER_VARIABLE] === undefined) return undefined;
	const worker = await import("../daemon/worker.js");
	return worker.workerOf(env);
}

/**
 * The flags on a command line.
 * @throws {CommanderError} for help, version and wrong flags, after the text was written; its exitCode is 0 for the first two
 */
export function flagsIn(
	args: readonly string[],
	program = newProgram(),
): Given {
	// Without --no-x-forward commander sets xForward to true, which would override the environment.
	const { xForward, ...flags } = program.parse(args, { from: "user" }).opts();
	return { ...flags, noXForward: xForward === false };
}

/** @param hide removes secrets from messages that repeat an argument */
function newProgram(
	name: ProgramName = "galaxy-proxy",
	hide = (text: string) => text,
): Command {
	const program = new Command(name);
	program
		.description(DESCRIPTIONS[name])
		.exitOverride()
		.helpCommand(false)
		.configureHelp({ helpWidth: HELP_WIDTH })
		.configureOutput({
			outputError: (text, write) =>
				write(
					hide(namingCommands(text, program).replace(/^error: /, `${name}: `)),
				),
		})
		.showHelpAfterError(`Run ${name} --help to see every flag.`)
		.addHelpText("after", NOTES)
		// Without an action commander would print the help for an empty command line.
		.action(() => {})
		.optionsGroup("Options:")
		.helpOption("-h, --help", "output usage information")
		.version(VERSION, "-V, --version", "output the version number");
	for (const [, heading, flag = "", text = ""] of FLAGS.matchAll(LINE)) {
		const made = heading === undefined ? option(flag, text) : undefined;
		if (made === undefined) program.optionsGroup(heading ?? "");
		else program.addOption(made.hideHelp(isForeign(made, name)));
	}
	for (const flag of OTHER_SPELLINGS)
		program.addOption(option(flag).hideHelp());
	return program;
}

/** Commander calls a misspelt command an argument too many. The argument is not repeated, since it may be a secret. */
function namingCommands(text: string, program: Command): string {
	const [found, of] =
		/^error: too many arguments(?: for '(\S+)')?/.exec(text) ?? [];
	const command = of
		? program.commands.find((each) => each.name() === of)
		: program;
	const names = command?.commands.map((each) => each.name()) ?? [];
	if (found === undefined || names.length === 0) return text;
	return `${found}; its commands are ${names.join(", ")}\n`;
}

/** Whether the flag is of no use to the program. It is known nevertheless, so that an error can say why. */
function isForeign(option: Option, program: ProgramName): boolean {
	return program === "gx-it-proxy" && ONLY.gie.includes(option.attributeName());
}

const DESCRIPTIONS: Readonly<Record<ProgramName, string>> = {
	"galaxy-proxy":
		"Carries a Galaxy user's HTTP and WebSocket traffic to the container of that\nuser's Interactive Environment or Interactive Tool, which it looks up in the\nsession map that Galaxy writes.",
	"gx-it-proxy":
		"Carries HTTP and WebSocket traffic to the containers of Galaxy's Interactive\nTools, which it looks up in the session map that Galaxy writes. The same program\nas galaxy-proxy --mode gxit.",
};

/** The peer's flags in kebab-case. */
const OTHER_SPELLINGS = [
	"--reverse-proxy",
	"--proxy-path-prefix <path>",
	"--polling-interval <ms>",
	"--forward-ip <n>",
	"--forward-port <n>",
];

function option(flag: string, text?: string): Option {
	const made = new Option(flag, text);
	const name = made.attributeName().replace("IP", "Ip");
	made.attributeName = () => name;
	// Each of them adds a name.
	if (name === "sessionCookie")
		made.argParser((value, before?: string) =>
			before === undefined ? value : `${before},${value}`,
		);
	return made;
}

/** A heading, or a flag and its text, as in the help. */
const LINE = /^(\S.*:)$|^ {2}(-.*?) {2,}(.*)$/gm;

/** The flags of the first group have the names and defaults of Galaxy's own proxy, because scripts use them. */
const FLAGS = `
Options:
  --ip <n>  Public-facing IP of the proxy, or unix: and the path of a socket (default: ${DEFAULTS.ip})
  --port <n>  Public-facing port of the proxy (default: ${DEFAULTS.port})
  --cookie <cookiename>  Cookie proving authentication (default: ${DEFAULTS.cookie})
  --sessions <file>  Routes file to monitor: the session map that Galaxy writes, or the URL of its database (required)
  --reverseProxy  Remove localhost from environments' Location headers, for use behind another proxy
  --verbose  Log every request
Configuration:
  --config <file>  Galaxy's galaxy.ini or galaxy.yml, for settings that are not given otherwise (default: none)
  --mode <mode>  Serve Interactive Environments (gie), Interactive Tools (gxit), or what the other settings and the map are for (auto) (default: ${DEFAULTS.mode})
Interactive Environments:
  --proxy-prefix <path>  Answer 404 outside this path (default: none)
  --forward-session-cookie  Pass the session cookie on to containers
Interactive Tools:
  --proxyPathPrefix <path>  Path of the tools that have no host name of their own, such as /interactivetool/ep (default: none)
  --pollingInterval <ms>  Milliseconds between two looks at a map that reports no changes, 0 for never (default: ${DEFAULTS.pollingInterval})
  --sessions-file <file>  In place of --sessions: file whose first line is the URL of the database (default: none)
  --map-max-age <ms>  Milliseconds for which a route from a database may be used again without asking it (default: ${DEFAULTS.mapMaxAge})
  --map-allow-standby  Read the map from a standby of the database as well, although its rows may be late
  --forwardIP <n>  Pass requests to the inner proxy at this address (default: none)
  --forwardPort <n>  Port of the inner proxy (default: none)
  --forward-secret-file <file>  File with the secret that the outer and the inner proxy share (default: none)
  --session-cookie <name>  Cookie to withhold from tools, in addition to galaxysession; may be repeated (default: none)
  --cookie-paths <rule>  Confine cookies that tools by path set to the tool's path (confine), or leave them (keep) (default: ${DEFAULTS.cookiePaths})
  --referrer-policy <value>  Referrer-Policy of tools by host name that send none, or off (default: ${DEFAULTS.referrerPolicy})
  --public-scheme <scheme>  X-Forwarded-Proto if the front proxy sends none: http or https (default: none)
  --galaxy-url <url>  Galaxy's URL, for links on pages and for --check-owner (default: none)
  --check-owner  Ask Galaxy whether a tool by path belongs to the user
  --owner-check-failure <rule>  If Galaxy cannot be asked, admit recent users (recent), all (allow) or none (refuse) (default: ${DEFAULTS.ownerCheckFailure})
  --domain-tools <rule>  Despite --check-owner, serve tools by host name to all who know their token (by-token) (default: none)
Requests:
  --no-x-forward  Add no X-Forwarded-For, -Proto and -Host
  --trust-proxy <list>  Peers whose X-Forwarded-* headers are trusted: addresses, networks, loopback, or none (default: ${DEFAULTS.trustProxy})
  --cors <policy>  Origins that get CORS headers and may open WebSockets: same-host, any, none, or a list of origins (default: ${DEFAULTS.cors}; none for tools)
  --keep-alive <when>  Reuse connections to containers: auto, always or never (default: ${DEFAULTS.keepAlive})
  --allow-target <list>  Targets that the map may contain: any, or a list of names, addresses and networks (default: ${DEFAULTS.allowTarget})
  --same-address <rule>  If rows of different containers have one address, serve only the newest (newest) or all of them (any) (default: ${DEFAULTS.sameAddress})
  --withhold <list>  Request fields and cookies to withhold from containers, in addition to single sign-on's (default: none)
  --withhold-basic  Withhold Authorization: Basic as well
  --forward-field <list>  Fields to pass on to containers that are withheld by default (default: none)
  --keep-field <list>  Fields to keep in containers' responses that are dropped by default (default: none)
  --error-pages <dir>  Folder with pages to show in place of the built-in ones (default: none)
Limits (times in seconds, fractions allowed, 0 for no limit):
  --connect-timeout <s>  To connect to a container (default: ${DEFAULTS.connectTimeout})
  --head-timeout <s>  To receive a request's head (default: ${DEFAULTS.headTimeout})
  --body-timeout <s>  For a body to make progress (default: ${DEFAULTS.bodyTimeout})
  --idle-timeout <s>  Between two requests on a connection (default: ${DEFAULTS.idleTimeout})
  --response-timeout <s>  To receive a container's response head (default: ${DEFAULTS.responseTimeout})
  --drain-timeout <s>  To finish requests after SIGTERM (default: ${DEFAULTS.drainTimeout})
  --max-clients <n>  Clients at a time (default: half the open file limit)
Restart and workers (times in seconds):
  --workers <n>  Serve with this many processes (1 to 64) under a supervisor, or with one for each CPU (auto) (default: none)
  --standby  While another galaxy-proxy has the port, wait and then take over
  --drain-delay <s>  To go on accepting after SIGTERM, until balancers have noticed (default: ${DEFAULTS.drainDelay})
  --tunnel-drain <s>  For WebSockets to stay open in a drain (default: 0; ${ROLLING_TUNNELS_MS / 1000} in a rolling restart)
Log:
  --log-level <level>  debug, info, warn or error (default: ${DEFAULTS.logLevel})
  --log-file <file>  Append to this file (default: standard output)
Administration:
  --admin <address>  Serve status page, metrics and health at HOST:PORT or unix:PATH (default: none)
  --admin-token-file <file>  File that holds the bearer token; required if the address is not loopback (default: none)
`;

const NOTES = `
Each flag can also be set in the environment: --log-level as
GALAXY_PROXY_LOG_LEVEL, flags without a value as 1 or 0. Flags override the
environment, and the environment overrides the file of --config.

Signals: SIGTERM, SIGINT and SIGQUIT end the daemon after the requests in
flight, a second one at once. SIGUSR1 reopens the log file. SIGHUP does that,
rereads the file of --config and the pages of --error-pages, and verifies the
session map. SIGUSR2 restarts the workers one by one with the code and the
configuration on the disk; without --workers it does nothing. SIGALRM does
nothing.
Exit codes: 0 success, 1 fatal error while running, 2 wrong usage.
`;
