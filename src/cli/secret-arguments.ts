import { readFileSync } from "node:fs";
import { withoutSecrets } from "../database.js";

/** The process list shows arguments to every user of the machine. Until now it has shown those with a password. */
export function hideSecrets(args: readonly string[]): void {
	if (args.every((arg) => withoutSecrets(arg) === arg)) return;
	process.title = commandLine().map(withoutSecrets).join(" ");
}

/** As it was typed: a title has no more room than that, and process.argv has the script's absolute path. */
function commandLine(): string[] {
	try {
		return readFileSync("/proc/self/cmdline", "utf8").split("\0").slice(0, -1);
	} catch {
		return [process.argv0, ...process.execArgv, ...process.argv.slice(1)];
	}
}

/** Removes the secrets of these arguments from a message that repeats one of them. */
export function hiding(args: readonly string[]): (message: string) => string {
	const values = args.flatMap((arg) => [arg, arg.replace(/^--[\w-]+=/, "")]);
	return (message) =>
		values.reduce(
			(text, value) =>
				text.replaceAll(value || "\0", () => withoutSecrets(value)),
			message,
		);
}
