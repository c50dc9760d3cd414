import { readSettings } from "../../config/config.js";
import type { AddCommand, Line } from "../command.js";
import type { Options } from "./options.js";

/** galaxy-proxy doctor: what is wrong on the way from the browser to the container, and what to do about it. */
export const addDoctor: AddCommand = (program, choose) => {
	program
		.command("doctor")
		.description("Walk the whole way; say what is wrong and how to mend it")
		.option("--url <url>", "Galaxy's address: look at the front proxy as well")
		.option(
			"--probe",
			"Send requests the whole way, with a test row in the map while it runs",
		)
		.option(
			"--silence <s>",
			"Seconds that a test answer is silent, with --probe (default: 3)",
		)
		.option("--json", "Print JSON")
		.action((options: Options) => choose((line) => examine(line, options)));
};

async function examine(line: Line, options: Options): Promise<number> {
	const { diagnose } = await import("./diagnose.js");
	const settings = readSettings(line.flags, line.surroundings);
	return diagnose(settings, options, line.surroundings.env);
}
