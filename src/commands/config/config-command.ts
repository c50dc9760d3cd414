import type { AddCommand } from "../command.js";

/** Prints what is in force, or checks it. */
export const addConfig: AddCommand = (program, choose) => {
	program
		.command("config")
		.description("Print every setting in force and where it came from")
		.option("--check", "Exit 0, or 1 and say what is wrong and in which line")
		.option("--json", "Print JSON")
		.action((options: { check?: true; json?: true }) =>
			choose(async (line) => {
				const { checkConfig, printConfig } = await import("./print.js");
				const json = options.json === true;
				return options.check
					? checkConfig(line, json)
					: printConfig(line, json);
			}),
		);
};
