import type { AddCommand, Work } from "../command.js";
import type { PruneOptions } from "./prune.js";

/** `galaxy-proxy routes`: shows and mends the session map. */
export const addRoutes: AddCommand = (program, choose) => {
	const routes = program
		.command("routes")
		.description("List the session map as the proxy sees it, or mend it")
		.option("--json", "One JSON object a line")
		.addHelpText("after", FLAGS)
		.action((options: { json?: true }) => choose(list(options.json === true)));
	routes
		.command("add")
		.description(
			"Lead a session to a container; its cookie is read from standard input",
		)
		.usage("[options] - HOST:PORT")
		.argument("<->", "The cookie is read from standard input")
		.argument("<host:port>", "For example 172.17.0.1:32768 or [::1]:8888")
		.addHelpText("after", WRITING)
		.action((from: string, place: string) =>
			choose(async (line) => (await changing()).add(line, from, place)),
		);
	routes
		.command("prune")
		.description("Take out the rows that have ended, and no other")
		.option("--ended", "Rows whose address a later row has (required)")
		.option("--dry-run", "Only say how many there are")
		.option("--yes", "Do not ask")
		.addHelpText("after", PRUNING)
		.action((options: PruneOptions) =>
			choose(async (line) => (await import("./prune.js")).prune(line, options)),
		);
	routes
		.command("remove")
		.description("Take a session out; its cookie is read from standard input")
		.usage("[options] -")
		.argument("<->", "The cookie is read from standard input")
		.addHelpText("after", WRITING)
		.action((from: string) =>
			choose(async (line) => (await changing()).remove(line, from)),
		);
};

function list(json: boolean): Work {
	return async (line) => (await import("./list.js")).list(line, json);
}

function changing() {
	return import("./change.js");
}

const FLAGS = `
Of the proxy's flags these count, before or behind: --config, --sessions, --ip,
--port, --cookie, --allow-target, --same-address. Give the ones that the proxy was started with.
A session is shown as in the log, by the first 8 hex digits of its SHA-256.
  ready      the proxy connects to the target
  not ready  Galaxy has not written host and port yet: 503
  refused    the proxy does not connect to the target, and says why: 502
  ended      a later row leads to the same address, whose container has gone: 502
  contested  rows lead to one address, and nobody knows which is the latest: 502
A running proxy may know more: a row that it has seen end stays ended, and of
the rows of a JSON map it knows those that were written while it ran.
`;

const PRUNING = `
An ended row is taken out under Galaxy's lock, and only where it is still as it
was when it was listed. Contested rows stay: nobody knows which of them is dead.
`;

const WRITING = `
- is standard input, whose first line is the value of the session's cookie: as
an argument it would stand in the process list. The map is written as Galaxy
does it, under Galaxy's lock. Run this as Galaxy's user.
`;
