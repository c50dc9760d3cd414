import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Finding } from "../../doctor/examined.js";
import { repository } from "../../support/folders.js";
import { type Lab, rootOf } from "./lab.js";

/** What our program prints, whatever its exit code. */
export async function printed(...words: string[]): Promise<string> {
	const program = join(repository, "bin/galaxy-proxy.js");
	const run = promisify(execFile)(process.execPath, [program, ...words]);
	return (await run.catch((error: { stdout: string }) => error)).stdout;
}

/** Doctor's lines with this name about the lab's Galaxy, as "verdict: what -> remedy". config: another file than Galaxy's own */
export async function doctorLines(
	lab: Lab,
	name: string,
	config = join(rootOf(lab), "config/galaxy.yml"),
): Promise<string[]> {
	const text = await printed("doctor", "--json", "--config", config);
	const { findings } = JSON.parse(text) as { findings: Finding[] };
	return findings
		.filter((each) => each.name === name)
		.map(({ verdict, what, remedy }) => `${verdict}: ${what} -> ${remedy}`);
}
