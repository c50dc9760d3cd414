import type { AddCommand } from "./command.js";
import { addConfig } from "./config/config-command.js";
import { addDoctor } from "./doctor/doctor-command.js";
import { addFront } from "./front/front-command.js";
import { addRoutes } from "./routes/routes-command.js";

/** In the order of --help. */
export const COMMANDS: readonly AddCommand[] = [
	addConfig,
	addFront,
	addDoctor,
	addRoutes,
];
