import type { TestContext } from "node:test";
import { COOKIE, connect, head, type RawResponse } from "../support/client.js";

/** A browser's request for a page that it will show. */
export const BROWSER = [
	"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
	"Sec-Fetch-Dest: document",
];

/** Asks as a browser does for a page, with the session's cookie, and gives the answer. */
export async function askForPage(
	t: TestContext,
	port: number,
	...lines: string[]
): Promise<RawResponse> {
	return await askWith(t, port, "GET /", COOKIE, ...BROWSER, ...lines);
}

/** Sends one request with these lines on a new connection and returns the answer. */
export async function askWith(
	t: TestContext,
	port: number,
	first: string,
	...lines: string[]
): Promise<RawResponse> {
	const client = await connect(t, port);
	const host = "Host: galaxy.example";
	client.send(head(`${first} HTTP/1.1`, host, ...lines));
	return await client.response({ head: first.startsWith("HEAD ") });
}

/** The page's heading. */
export function titleOf({ text }: RawResponse): string {
	return /<h1>(.*?)<\/h1>/.exec(text)?.[1] ?? "";
}
