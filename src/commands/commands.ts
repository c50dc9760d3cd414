import type { AddCommand } from "./command.js";
import { addConfig } from "./config.js";
import { addDoctor } from "./doctor.js";
import { addFront } from "./front.js";
import { addRoutes } from "./routes/routes.js";
import { addCompletion, addManual } from "./shell/shell.js";

/** In the order in which --help shows them. */
export const COMMANDS: readonly AddCommand[] = [
	addConfig,
	addFront,
	addDoctor,
	addRoutes,
	addCompletion,
	addManual,
];
