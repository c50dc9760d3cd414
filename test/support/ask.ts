import type { TestContext } from "node:test";
import type { RawResponse } from "./message.js";
import { connect } from "./raw-client.js";

/** Sends one request on a new connection and reads its response. */
export async function ask(
	t: TestContext,
	{ port }: { port: number },
	text: string,
): Promise<RawResponse> {
	return await (await connect(t, port)).send(text).response();
}

/** The same text, with the cookie of another session than abc. */
export function as(session: string, text: string): string {
	return text.replace("=abc", `=${session}`);
}
