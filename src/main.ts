import { main } from "./cli.js";
import { logFatal } from "./log.js";

/** Importing this file runs the program: lib/main.js does, and `node dist/main.js` works as well. */
process.on("uncaughtException", end);
main(process.argv.slice(2), process.env).then(
	(code) => process.exit(code),
	end,
);

/** For what no exchange and no command caught: the state is unknown, so it is logged and the process ends. */
function end(error: unknown): void {
	logFatal(error).finally(() => process.exit(1));
}
