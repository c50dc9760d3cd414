import { basename } from "node:path";
import { main } from "./cli/program.js";
import { logFatal } from "./log/log.js";

/** Importing this file runs the program: lib/main.js does, and `node dist/main.js` works as well. */
process.on("uncaughtException", fail);
const [, script = "", ...args] = process.argv;
// npx and systems run a link that has the program's name, which lib/main.js has not.
main(args, process.env, basename(script, ".js")).then(exit, fail);

/**
 * Milliseconds in which V8's threads usually finish compiling. process.exit joins them, and a thread that then asks for a
 * garbage collection is never answered: the process hangs (nodejs/node#54918, #64274).
 */
const CALM_MS = 20;

/** Work is done. A reader that has closed our output, which shows within that time, must not change the exit code. */
function exit(code: number): void {
	process.off("uncaughtException", fail);
	process.on("uncaughtException", () => process.exit(code));
	setTimeout(() => process.exit(code), CALM_MS);
}

/** For an error that no exchange and no command has caught: the state is unknown, so log it and end the process. */
function fail(error: unknown): void {
	logFatal(error).finally(() => exit(1));
}
