import { parseResponseHead } from "../../src/http1/response-head.js";
import type { CorsGrant } from "../../src/routing/admission.js";
import { Boundary } from "../../src/routing/boundary.js";
import { clientLines } from "../../src/routing/client-response.js";
import { head } from "../support/client.js";

/** The field lines that a client gets of these. */
export function answered(
	status: number,
	lines: readonly string[],
	grant?: CorsGrant,
	reverseProxy = true,
): string[] {
	const response = parseResponseHead(head(`HTTP/1.1 ${status} X`, ...lines));
	const cookie = "galaxysession";
	const boundary = new Boundary({ cookie, forwardSessionCookie: false });
	const rules = { reverseProxy, boundary };
	const place = { ownPath: "" };
	return clientLines(response, grant, rules, place).split("\r\n").slice(1, -1);
}
