import { main } from "./cli/program.js";
import { logFatal } from "./log/log.js";

/** Importing this file runs the program: lib/main.js does, and `node dist/main.js` works as well. */
process.on("uncaughtException", end);
main(process.argv.slice(2), process.env).then(calmExit, end);

/**
 * Milliseconds in which V8's threads finish what they compile, mostly. process.exit joins them, and one of them that asks
 * for a garbage collection by then is never answered: the process hangs (nodejs/node#54918, #64274).
 */
const CALM_MS = 20;

/** All is done: who does not read the last lines, which that time is enough to find out, changes nothing. */
function calmExit(code: number): void {
	process.off("uncaughtException", end);
	process.on("uncaughtException", () => process.exit(code));
	setTimeout(() => process.exit(code), CALM_MS);
}

/** For what no exchange and no command caught: the state is unknown, so it is logged and the process ends. */
function end(error: unknown): void {
	logFatal(error).finally(() => calmExit(1));
}
