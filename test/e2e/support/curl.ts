import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import type { Place } from "./place.js";

/** The result of curl. */
export interface Curled {
	/** 0 for success, 18 for a short body, 52 for no answer, 56 for a reset. */
	exit: number;
	/** 0 where there was none. */
	status: number;
	/** Of the body, as received. */
	bytes: number;
	/** The answer's Retry-After, or empty. */
	retryAfter: string;
}

/** A limit for a test that would wait for ever. */
const SECONDS = "120";
const FORMAT = "%{http_code} %{size_download} %header{retry-after}";

/** Runs curl with the session's cookie; the body goes to <name>.body. */
export async function curl(
	place: Place,
	session: string,
	name: string,
	args: readonly string[],
): Promise<Curled> {
	const body = place.file(`${name}.body`);
	const cookie = `galaxysession=${session}`;
	const fixed = ["-s", "-m", SECONDS, "-o", body, "-w", FORMAT, "-b", cookie];
	const command = [...fixed, ...args];
	const program = spawn("curl", command, {
		env: place.environment,
		stdio: ["ignore", "pipe", "inherit"],
	});
	const [printed, [exit]] = await Promise.all([
		text(program.stdout),
		once(program, "close"),
	]);
	const [status, bytes, retryAfter = ""] = printed.split(" ");
	return { exit, status: Number(status), bytes: Number(bytes), retryAfter };
}
