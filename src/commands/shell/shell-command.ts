import { Argument } from "commander";
import type { AddCommand } from "../command.js";

/** CHANGELOG.md's date of this version; a test compares them. */
const RELEASED = "2026-11-23";

/** What an installation puts beside the program: completion and the manual page, made of the flags and commands that are. */
export const addCompletion: AddCommand = (program, choose) => {
	program
		.command("completion")
		.description("Print a script that completes flags and commands in a shell")
		.addArgument(new Argument("<shell>", "whose script").choices(["bash"]))
		.action(() =>
			choose(async () => {
				const { bashCompletion } = await import("./bash-completion.js");
				process.stdout.write(bashCompletion(program));
				return 0;
			}),
		);
};

export const addManual: AddCommand = (program, choose) => {
	program
		.command("man")
		.description("Print the manual page: galaxy-proxy man | man -l -")
		.action(() =>
			choose(async () => {
				const { manualPage } = await import("./manual-page.js");
				process.stdout.write(manualPage(program, RELEASED));
				return 0;
			}),
		);
};
