import { Command, CommanderError, Option } from "commander";
import type { Line, Work } from "../commands/command.js";
import {
	type Config,
	configure,
	DEFAULTS,
	type Given,
	type Surroundings,
	UsageError,
} from "../config/config.js";
import { VERSION } from "../version.js";

/** Exit codes: 0 clean, 1 fatal at run time, 2 usage. */
const CLEAN = 0;
const USAGE = 2;

/** Columns of the help, whatever the terminal has: the README shows the same lines. */
const HELP_WIDTH = 80;

/**
 * Reads the command line and the environment and does what they say: help, version, a command, or serving until the
 * daemon's end. Usage errors go to standard error.
 * @param args the arguments alone, without node and script
 * @returns the exit code
 */
export async function main(
	args: readonly string[],
	env: NodeJS.ProcessEnv,
): Promise<number> {
	let work: Work = serve;
	let program = servingLine(args);
	try {
		if (program === null) {
			program = commandLine();
			const { COMMANDS } = await import("../commands/commands.js");
			for (const add of COMMANDS)
				add(program, (chosen) => {
					work = chosen;
				});
			program.parse(args, { from: "user" });
		}
		const surroundings = { env, cwd: process.cwd() };
		return await work({ flags: flagsOf(program), surroundings });
	} catch (error) {
		// Commander has written its own message already, or the help.
		if (error instanceof CommanderError)
			return error.exitCode === 0 ? CLEAN : USAGE;
		if (!(error instanceof UsageError)) throw error;
		process.stderr.write(`galaxy-proxy: ${error.message}\n`);
		return USAGE;
	}
}

/** The line where it has good flags and nothing else: a start does not wait for the commands. Null where it is another. */
function servingLine(args: readonly string[]): Command | null {
	const program = commandLine().configureOutput({
		writeOut: () => {},
		outputError: () => {},
		writeErr: () => {},
	});
	try {
		return program.parse(args, { from: "user" });
	} catch (error) {
		if (error instanceof CommanderError) return null;
		throw error;
	}
}

async function serve({ flags, surroundings }: Line): Promise<number> {
	const config = configure(flags, surroundings);
	// Loaded here and not above, so that help and usage errors answer at once.
	const { run } = await import("../daemon/daemon.js");
	return await run(config, () => configure(flags, surroundings));
}

/**
 * What serving is configured to by this line.
 * @throws {UsageError} for a value that is not allowed
 * @throws {CommanderError} for everything else that ends before serving, after its text was written; its exitCode is 0
 * for help and version
 */
export function readCommandLine(
	args: readonly string[],
	surroundings: Surroundings,
): Config {
	const program = commandLine();
	program.parse(args, { from: "user" });
	return configure(flagsOf(program), surroundings);
}

/** Commander has true where --no-x-forward was not typed, which would hide the environment. */
function flagsOf(program: Command): Given {
	const { xForward, ...flags } = program.opts();
	return { ...flags, noXForward: xForward === false };
}

function commandLine(): Command {
	const program = new Command("galaxy-proxy")
		.description(
			"Carries a Galaxy user's HTTP and WebSocket traffic to that user's Interactive\nEnvironment container, which it looks up in the session map that Galaxy writes.",
		)
		.exitOverride()
		.helpCommand(false)
		.configureHelp({ helpWidth: HELP_WIDTH })
		.configureOutput({
			outputError: (text, write) =>
				write(text.replace(/^error: /, "galaxy-proxy: ")),
		})
		.showHelpAfterError("Run galaxy-proxy --help to see every flag.")
		.addHelpText("after", AFTER_OPTIONS)
		// Without an action commander would show the help instead of serving where nothing is given.
		.action(() => {});
	addLegacyFlags(program);
	addConfigFlag(program);
	addRequestFlags(program);
	addLimitFlags(program);
	addLogFlags(program);
	addAdminFlags(program);
	return program;
}

/** Names, arguments and defaults as Galaxy's own proxy had them: Galaxy and admins' scripts pass these. */
function addLegacyFlags(program: Command): void {
	program
		.optionsGroup("Options:")
		.helpOption("-h, --help", "output usage information")
		.version(VERSION, "-V, --version", "output the version number")
		.option(
			"--ip <n>",
			`Public-facing IP of the proxy, or unix: and the path of a socket (default: ${DEFAULTS.ip})`,
		)
		.option(
			"--port <n>",
			`Public-facing port of the proxy (default: ${DEFAULTS.port})`,
		)
		.option(
			"--cookie <cookiename>",
			`Cookie proving authentication (default: ${DEFAULTS.cookie})`,
		)
		.option(
			"--sessions <file>",
			"Routes file to monitor: the session map that Galaxy writes (required)",
		)
		.option(
			"--reverseProxy",
			"Take localhost out of Location headers, for a proxy behind another one",
		)
		.addOption(new Option("--reverse-proxy").hideHelp())
		.option("--verbose", "Log every request");
}

function addConfigFlag(program: Command): void {
	program
		.optionsGroup("Configuration:")
		.option(
			"--config <file>",
			"Galaxy's own galaxy.ini or galaxy.yml, for what is not given otherwise (default: none)",
		);
}

function addRequestFlags(program: Command): void {
	program
		.optionsGroup("Requests:")
		.option(
			"--proxy-prefix <path>",
			"Answer 404 outside this path (default: none)",
		)
		.option("--forward-session-cookie", "Let containers see the session cookie")
		.option("--no-x-forward", "Add no X-Forwarded-For, -Proto and -Host")
		.option(
			"--trust-proxy <list>",
			`Peers whose X-Forwarded-* are believed: addresses, networks, loopback, or none (default: ${DEFAULTS.trustProxy})`,
		)
		.option(
			"--cors <policy>",
			`Origins that get CORS headers, and whose pages may open WebSockets: same-host, any, none, or a list of origins (default: ${DEFAULTS.cors})`,
		)
		.option(
			"--keep-alive <when>",
			`Reuse connections to containers: auto, always or never (default: ${DEFAULTS.keepAlive})`,
		)
		.option(
			"--allow-target <list>",
			`Where rows of the map may lead: any, or a list of names, addresses and networks (default: ${DEFAULTS.allowTarget})`,
		)
		.option(
			"--same-address <rule>",
			`Of rows that lead to one address, but to different containers: newest lets only the one written last lead there, any all of them (default: ${DEFAULTS.sameAddress})`,
		)
		.option(
			"--withhold <list>",
			"Request fields and cookies that containers do not get, beside single sign-on's (default: none)",
		)
		.option("--withhold-basic", "Withhold Authorization: Basic as well")
		.option(
			"--forward-field <list>",
			"Of what is withheld by default, what containers do get (default: none)",
		)
		.option(
			"--keep-field <list>",
			"Of what is dropped from containers' answers by default, what passes (default: none)",
		)
		.option(
			"--error-pages <dir>",
			"Show users the pages in this folder instead of our own (default: none)",
		);
}

function addLimitFlags(program: Command): void {
	const timeouts = [
		["connect", "To connect to a container", DEFAULTS.connectTimeout],
		["head", "For a request's head to arrive", DEFAULTS.headTimeout],
		["body", "Between two parts of a body", DEFAULTS.bodyTimeout],
		["idle", "Between two requests of a connection", DEFAULTS.idleTimeout],
		["response", "For a container's response head", DEFAULTS.responseTimeout],
		["drain", "To finish requests after SIGTERM", DEFAULTS.drainTimeout],
	] as const;
	program.optionsGroup(
		"Limits (times in seconds, fractions allowed, 0 is never):",
	);
	for (const [name, text, fallback] of timeouts)
		program.option(`--${name}-timeout <s>`, `${text} (default: ${fallback})`);
	program.option(
		"--max-clients <n>",
		"Clients at a time (default: half the open file limit)",
	);
}

function addLogFlags(program: Command): void {
	program
		.optionsGroup("Log:")
		.option(
			"--log-level <level>",
			`debug, info, warn or error (default: ${DEFAULTS.logLevel})`,
		)
		.option(
			"--log-file <file>",
			"Append to this file (default: standard output)",
		);
}

function addAdminFlags(program: Command): void {
	program
		.optionsGroup("Seen from outside:")
		.option(
			"--admin <address>",
			"Status page, metrics and health at HOST:PORT or unix:PATH (default: none)",
		)
		.option(
			"--admin-token-file <file>",
			"What its clients must know; needed where it is not loopback (default: none)",
		);
}

const AFTER_OPTIONS = `
Each flag can also be set in the environment: --log-level as
GALAXY_PROXY_LOG_LEVEL, flags without a value as 1 or 0. Flags come first,
then the environment, then the file of --config.

Signals: SIGTERM and SIGINT end it after what is in flight, a second one at
once; SIGHUP reads the file of --config and the pages of --error-pages again,
reopens the log file and verifies the session map.
Exit codes: 0 clean, 1 fatal while running, 2 wrong usage.
`;
