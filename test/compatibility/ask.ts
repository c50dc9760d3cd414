import type { TestContext } from "node:test";
import type { RawResponse } from "../support/message.js";
import { connect } from "../support/raw-client.js";

/** One request on a connection of its own. */
export async function ask(
	t: TestContext,
	port: number,
	text: string,
): Promise<RawResponse> {
	const client = await connect(t, port);
	return await client.send(text).response();
}
