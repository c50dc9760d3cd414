import { Argument, Option } from "commander";
import type { AddCommand } from "../command.js";
import type { Front, FrontOptions } from "./front-settings.js";

const FRONTS: readonly Front[] = [
	"nginx",
	"apache",
	"haproxy",
	"caddy",
	"traefik",
	"galaxy",
	"systemd",
	"supervisord",
];

/** galaxy-proxy front: prints the configuration of a front proxy, Galaxy's settings, or the unit of a supervisor. */
export const addFront: AddCommand = (program, choose) => {
	program
		.command("front")
		.summary(
			"Print configuration for nginx, Apache, HAProxy, Caddy, Traefik, Galaxy, systemd or supervisord",
		)
		.description(
			"Prints the configuration of a front proxy, the settings of Galaxy, or the unit of a supervisor, with the active settings. The proxy's own flags may be given here too.",
		)
		.addArgument(new Argument("<for>", "program to configure").choices(FRONTS))
		.addOption(
			new Option(
				"--for <system>",
				"Galaxy's system that the daemon serves, whatever its mode is (default: that of the mode)",
			).choices(["tools", "environments"]),
		)
		.option(
			"--server-name <name>",
			"Galaxy's public host name (default: localhost)",
		)
		.option(
			"--galaxy <host:port>",
			"Where Galaxy itself listens, or unix:PATH (default: gunicorn's bind in the file of --config, else localhost:8000)",
		)
		.option(
			"--server <host:port,admin-port>",
			"For nginx and haproxy: a daemon; once for each of several (default: the one of --ip, --port and --admin)",
			(text: string, others: readonly string[] = []) => [...others, text],
		)
		.option(
			"--galaxy-root <folder>",
			"Galaxy's folder: the front proxy then serves its plugins' static files",
		)
		.option(
			"--user <name>",
			"Account of the daemon (default: the owner of the session map's folder)",
		)
		.action((front: Front, options: FrontOptions) =>
			choose(async (line) => {
				const { PRINT } = await import("./front.js");
				process.stdout.write(PRINT[front](options, line));
				return 0;
			}),
		);
};
