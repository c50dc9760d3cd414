import type { AddCommand } from "./command.js";

/** In the order in which --help shows them. */
export const COMMANDS: readonly AddCommand[] = [];
