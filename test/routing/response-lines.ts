import { parseResponseHead } from "../../src/http1/response-head.js";
import type { CorsGrant } from "../../src/routing/admission.js";
import { responseLines } from "../../src/routing/client-response.js";
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
