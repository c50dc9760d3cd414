import { Argument } from "commander";
import type { AddCommand } from "../command.js";
import { FRONTS, type Front, type FrontOptions } from "./options.js";

/** `front`: prints what stands in front of the daemon or above it, with the values in force. */
export const addFront: AddCommand = (program, choose) => {
	program
		.command("front")
		.summary("Print nginx's, Apache's, systemd's or supervisord's part")
		.description(
			"Prints the configuration of a front proxy, or the unit of a supervisor, with the\nvalues that are in force: the flags of serving may stand here too.",
		)
		.addArgument(new Argument("<for>", "whose").choices(FRONTS))
		.option(
			"--server-name <name>",
			"Galaxy's public host name (default: localhost)",
		)
		.option(
			"--galaxy <host:port>",
			"Where Galaxy itself listens (default: localhost:8000)",
		)
		.option(
			"--galaxy-root <folder>",
			"Galaxy's folder: the front proxy then serves its plugins' static files",
		)
		.option(
			"--user <name>",
			"Whom the daemon runs as (default: the owner of the session map's folder)",
		)
		.action((front: Front, options: FrontOptions) => {
			choose(async (line) => {
				const { printed } = await import("./print.js");
				process.stdout.write(printed(front, options, line));
				return 0;
			});
		});
};
