import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import { type Ended, type RunOptions, runCli } from "../cli/run-cli.js";
import { repository } from "../support/folders.js";
import { Changes, within } from "../support/wait.js";

/** A map's path, or the Galaxy that writes it. */
type MapPath = string | { readonly path: string };

function wordsOf(map: MapPath, words: readonly string[]): string[] {
	const path = typeof map === "string" ? map : map.path;
	return ["routes", "--sessions", path, ...words];
}

/** `galaxy-proxy routes` with these words, on this map. */
export function routes(
	map: MapPath,
	words: readonly string[] = [],
	options: RunOptions = {},
): Promise<Ended> {
	return runCli(wordsOf(map, words), options);
}

/** The same while it runs; killed after the test. */
export class RunningRoutes {
	/** Its output and its messages so far. */
	said = "";
	readonly child: ChildProcessWithoutNullStreams;
	readonly #told = new Changes();
	readonly #ended: Promise<unknown[]>;

	constructor(
		t: TestContext,
		map: MapPath,
		words: readonly string[] = [],
		script = join(repository, "lib", "main.js"),
	) {
		this.child = spawn(process.execPath, [script, ...wordsOf(map, words)]);
		t.after(() => this.child.kill("SIGKILL"));
		for (const stream of [this.child.stdout, this.child.stderr])
			stream.on("data", (text) => {
				this.said += text;
				this.#told.notify();
			});
		this.#ended = once(this.child, "close");
	}

	/** Waits until it has said these words. */
	says(words: RegExp): Promise<true> {
		return this.#told.wait(
			String(words),
			() => words.test(this.said) || undefined,
			() => this.said,
		);
	}

	/** Waits for its end. */
	async code(): Promise<unknown> {
		return (await within("an end", this.#ended, () => this.said))[0];
	}
}

/** Each line of the list in columns, by session key; of `keys` alone. */
export async function listed(
	map: MapPath,
	keys: readonly string[],
	flags: readonly string[] = [],
): Promise<Record<string, unknown>> {
	const { code, stdout, stderr } = await routes(map, ["--json", ...flags]);
	if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
	const names = new Map(keys.map((key) => [sessionLabel(key), key]));
	return Object.fromEntries(
		stdout
			.split("\n")
			.filter((line) => line !== "")
			.map((line) => JSON.parse(line))
			.map(({ session, ...rest }) => [names.get(session) ?? session, rest]),
	);
}
