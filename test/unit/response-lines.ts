import type { CorsGrant } from "../../src/proxy/cors.js";
import { parseResponseHead } from "../../src/proxy/response-head.js";
import { responseLines } from "../../src/proxy/response-out.js";
import { head } from "../support/request-text.js";

/** The field lines that a client gets of these. */
export function answered(
	status: number,
	lines: readonly string[],
	grant: CorsGrant | null = null,
	reverseProxy = true,
): string[] {
	const response = parseResponseHead(head(`HTTP/1.1 ${status} X`, ...lines));
	const rules = { cookie: "galaxysession", reverseProxy };
	return responseLines(response, grant, rules).split("\r\n").slice(1, -1);
}
