import type { Command } from "commander";
import { type MapConfig, withMap } from "../../config/config.js";
import { activeSettings } from "../active-settings.js";
import type { AddCommand, Line } from "../command.js";
import type { PruneOptions } from "./change-routes.js";
import type { ListOptions } from "./list-routes.js";
import type { TriggerOptions } from "./trigger.js";

/** galaxy-proxy routes: shows and changes the session map. */
export const addRoutes: AddCommand = (program, choose) => {
	const routes = program
		.command("routes")
		.description("List the session map as the proxy reads it, or change it")
		.option("--json", "Print one JSON object per line")
		.option("--connect", "Try a connection to each target, and send nothing")
		.addHelpText("after", FLAGS)
		.action((options: ListOptions) =>
			choose(async (line) => {
				const { list } = await import("./list-routes.js");
				return list(await configOf(line), options);
			}),
		);
	routes
		.command("add")
		.description("Send a session's requests to a container")
		.usage("[options] -|KEY HOST:PORT")
		.argument(
			"<-|key>",
			"The cookie is read from standard input; or a tool's key",
		)
		.argument("<host:port>", "For example 172.17.0.1:32768 or [::1]:8888")
		.addHelpText("after", ADDING)
		.action((source: string, place: string) =>
			choose(async (line) =>
				(await changes()).add(await configOf(line), source, place),
			),
		);
	routes
		.command("install-trigger")
		.description("Make the trigger and the index of a map in PostgreSQL")
		.option("--dry-run", "Only print the SQL")
		.addHelpText("after", TRIGGER)
		.action((options: TriggerOptions) =>
			choose(async (line) => {
				const { installTrigger } = await import("./trigger.js");
				return installTrigger(await configOf(line), options);
			}),
		);
	routes
		.command("prune")
		.description("Remove all ended rows")
		.option("--ended", "Rows whose address belongs to a later row (required)")
		.option("--dry-run", "Only print how many there are")
		.option("--yes", "Do not ask")
		.addHelpText("after", PRUNING)
		.action((options: PruneOptions) =>
			choose(async (line) =>
				(await changes()).prune(await configOf(line), options),
			),
		);
	routes
		.command("remove")
		.description("Remove a session")
		.usage("[options] -|KEY")
		.argument(
			"<-|key>",
			"The cookie is read from standard input; or a tool's key",
		)
		.addHelpText("after", REMOVING)
		.action((source: string) =>
			choose(async (line) =>
				(await changes()).remove(await configOf(line), source),
			),
		);
	routes
		.command("remove-trigger")
		.description("Remove that trigger and that index")
		.option("--dry-run", "Only print the SQL")
		.addHelpText("after", TRIGGER)
		.action((options: TriggerOptions) =>
			choose(async (line) => {
				const { removeTrigger } = await import("./trigger.js");
				return removeTrigger(await configOf(line), options);
			}),
		);
	routes
		.command("watch")
		.description("List the session map, then print what changes in it")
		.option("--json", "Print one JSON object per line")
		.addHelpText("after", WATCHING)
		// The option is taken by `routes`, which has it too.
		.action((_options: object, { parent }: Command) =>
			choose(async (line) => {
				const { watch } = await import("./watch-routes.js");
				const isJson = parent?.opts().json === true;
				return watch(() => configOf(line), isJson);
			}),
		);
};

function changes() {
	return import("./change-routes.js");
}

async function configOf(line: Line): Promise<MapConfig> {
	return withMap((await activeSettings(line)).config);
}

const FLAGS = `
These flags of the proxy apply, before or after the command: --config,
--sessions, --sessions-file, --map-allow-standby, --ip, --port, --cookie,
--proxyPathPrefix, --allow-target, --same-address. Give the flags of the running
proxy. A session is shown as in the log, by the first 8 hex digits of its
SHA-256.
  ready      the proxy connects to the target
  not ready  Galaxy has not written host and port yet: 503
  refused    the proxy does not connect to the target, for the given reason: 502
  ended      a later row leads to the same address, so its container is gone: 502
  contested  several rows lead to one address in unknown order: 502
  elsewhere  of a tool: Kubernetes serves it, not the proxy
  no token   of a tool: never served
  closed     with --connect: the target accepts no connection: 502
A running proxy may know more: a row that ended while it was running stays
ended, and it knows in which order rows of a JSON map were written meanwhile.
In PostgreSQL, the row that was written last is the one with the younger xmin.
Only the running proxy has seen which rows appeared together, so rows of one
tool that share a port look as if all but one had ended, unless the server has
track_commit_timestamp on: rows written within 5 s of each other then belong
together. The last line has the table's size and the number of useless rows.
`;

const TRIGGER = `
Without the trigger the proxy looks every second whether a row was removed. The
trigger tells it at once, on the channel gxitproxy, and gx-it-proxy too. The
index on host and port lets the proxy find rows with the same address; above
20,000 rows it needs one. Both are made at most once, without blocking Galaxy.
A trigger of another program stays as it is. Needs the rights of the table's
owner; with --dry-run nothing is changed and the SQL can be given to psql.
`;

const PRUNING = `
An ended row is removed under Galaxy's lock, and only if it has not changed
since it was listed. Contested rows stay, because their order is unknown. A map
in PostgreSQL has no such lock, and rows of a running tool that share a port
with a later row of the same tool count as ended, unless the server has
track_commit_timestamp on: look at --dry-run first.
`;

const WATCHING = `
After the list, as "routes" prints it, there is a line for each session that
appeared, changed or is gone, with the time (UTC); with --json the object has
"time" and "change" too. A replaced token of a tool is another session: the old
one is gone, the new one appeared. While the map cannot be read, one line on
standard error says why. SIGINT (Ctrl-C) or SIGTERM ends it with exit code 0.
`;

const ADDING = `
- is standard input; its first line is the value of the session's cookie, which
as an argument would be visible in the process list. A tool (--mode gxit, or a
map with its table) is named by its key. "add KEY" makes a token and prints the
tool's path; "add -" takes KEY/TOKEN from standard input instead. The map is
written as Galaxy writes it: a file under Galaxy's lock, so run this as Galaxy's
user; a table in PostgreSQL in one transaction, by Galaxy's role.
`;

const REMOVING = `
- is standard input; its first line is the value of the session's cookie, which
as an argument would be visible in the process list. A tool (--mode gxit, or a
map with its table) is named by its key. The map is written as Galaxy writes it:
a file under Galaxy's lock, so run this as Galaxy's user; a table in PostgreSQL
in one transaction, by Galaxy's role.
`;
