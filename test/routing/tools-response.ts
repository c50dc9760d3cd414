import { parseResponseHead } from "../../src/http1/response-head.js";
import { Boundary } from "../../src/routing/boundary.js";
import {
	clientLines,
	type ResponseRules,
} from "../../src/routing/client-response.js";
import { head } from "../support/client.js";

const asked = "/interactivetool/ep/k1/t1";
const boundary = new Boundary({
	mode: "gxit",
	cookie: "galaxysession",
	sessionCookies: ["galaxysession", "other"],
	forwardSessionCookie: false,
});

/** The field lines that a client of a tool gets of these. */
export function answered(
	by: "path" | "host",
	lines: readonly string[],
	{ status = 200, ...rules }: Partial<ResponseRules> & { status?: number } = {},
): string[] {
	const response = parseResponseHead(head(`HTTP/1.1 ${status} X`, ...lines));
	const ownPath = by === "path" ? asked : "";
	const place = { ownPath, tool: { by, base: ownPath, asked: ownPath } };
	const all = { reverseProxy: false, boundary, ...rules };
	return clientLines(response, undefined, all, place)
		.split("\r\n")
		.slice(1, -1);
}
