import { createInterface } from "node:readline";
import { UsageError } from "../../config/config.js";
import { findSessionKeys } from "../../routing/session-key.js";

/** RFC 6265 section 4.1.1: what a cookie's value is made of. */
const VALUE = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/;

/**
 * The session key in the first line of standard input: what the proxy would look up for a browser that sends this value.
 * @param cookie the session cookie's name
 * @throws UsageError; it never repeats what was read
 */
export async function readSessionKey(cookie: string): Promise<string> {
	if (process.stdin.isTTY)
		process.stderr.write(`Value of the cookie ${cookie}: `);
	const value = (await firstLine()).trim();
	const key = VALUE.test(value)
		? findSessionKeys(`${cookie}=${value}`, cookie).sessionKey
		: "";
	if (key !== "") return key;
	throw new UsageError(
		`standard input has no value of the cookie ${cookie} in its first line: give the value alone, as the browser shows it, for example with: galaxy-proxy routes add - HOST:PORT < FILE`,
	);
}

async function firstLine(): Promise<string> {
	for await (const line of createInterface({ input: process.stdin }))
		return line;
	return "";
}
