import type { AddCommand } from "../command.js";
import type { Options } from "./doctor.js";

/** galaxy-proxy doctor: finds problems between the browser and the container, and says how to solve them. */
export const addDoctor: AddCommand = (program, choose) => {
	program
		.command("doctor")
		.description(
			"Check the path from browser to container, and suggest remedies",
		)
		.option("--url <url>", "Galaxy's address: check the front proxy as well")
		.option(
			"--probe",
			"Add a temporary test row to the map, and send requests to its test container",
		)
		.option(
			"--silence <s>",
			"Seconds of silence within a test answer of --probe (default: 3)",
		)
		.option("--json", "Print JSON")
		.addHelpText("after", RUNNING)
		.action((options: Options) =>
			choose(async (line) => {
				const { doctor } = await import("./doctor.js");
				const { doctorSettings } = await import("./doctor-settings.js");
				const settings = await doctorSettings(line);
				return doctor(settings, options, line.surroundings.env);
			}),
		);
};

const RUNNING = `
Run it on the proxy's host, as root or under the proxy's account, with the flags
or the --config of the running proxy. Without --probe it writes nothing.
Exit codes: 0 nothing is wrong (doubtful alone is 0), 1 something is wrong, 2
wrong usage.
`;
