import type { AddCommand } from "../command.js";

interface Options {
	readonly check?: true;
	readonly json?: true;
}

/** galaxy-proxy config: prints or checks the settings. */
export const addConfig: AddCommand = (program, choose) => {
	program
		.command("config")
		.description("Print every active setting and where it comes from")
		.option(
			"--check",
			"Only check them: exit with 0, or print the error and exit with 1",
		)
		.option("--json", "Print JSON")
		.addHelpText(
			"after",
			"\nGive the flags and the environment of the running proxy. Shows no password.",
		)
		.action(({ check, json }: Options) =>
			choose(async (line) => {
				const { checkConfig, printConfig } = await import("./print-config.js");
				return (check ? checkConfig : printConfig)(line, json === true);
			}),
		);
};
