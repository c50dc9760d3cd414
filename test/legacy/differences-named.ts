import { FAULTS } from "../../src/faults.js";
import type { Difference } from "./difference.js";
import { drop, LOOP_ID } from "./seen.js";

/** The differences that only the exchanges meet that name them. */
const TABLE = {
	"localhost in a Location becomes a path": {
		reason:
			"right directly, behind nginx and behind Apache; the legacy's own port is only right directly",
		response: ({ headers }) => {
			headers.location = (headers.location ?? "").replace(
				/^http:\/\/localhost(:\d+)?(?=\/)/,
				"",
			);
		},
	},
	"trailers pass": {
		reason:
			"RFC 9110 6.5: whoever sends them has a reader; http-proxy drops them",
		request: (request) => {
			request.trailers = { "x-checksum": "c0ffee" };
		},
	},
	"trailers of answers pass": {
		reason:
			"RFC 9110 6.5: whoever sends them has a reader; http-proxy drops them",
		response: (response) => {
			response.trailers = { "x-checksum": "c0ffee" };
		},
	},
	"an answer's missing length stays missing": {
		reason: "Node's server gives an empty body a length of 0",
		response: ({ headers }) => drop(headers, ["content-length"]),
	},
	"raw UTF-8 passes": {
		reason:
			"nginx's kernels location sends it decoded; Node's strict parser answers 400",
		seen: (seen, sent) => {
			const host = /^Host: (.*)\r$/m.exec(sent)?.[1] ?? "";
			const none = { body: "", trailers: {} };
			const allowed = { "access-control-allow-credentials": "true" };
			seen.client = [
				{
					...none,
					status: 200,
					reason: "OK",
					headers: { ...allowed, "content-length": "5" },
					body: "hello",
				},
			];
			seen.container = [
				{
					...none,
					method: "GET",
					target: sent.split(" ")[1] ?? "",
					headers: {
						host,
						"x-forwarded-for": "127.0.0.1",
						"cdn-loop": LOOP_ID,
					},
					spelling: "",
				},
			];
		},
	},
	"of several session cookies the last counts": {
		reason:
			"Galaxy itself reads the last: a page that plants one must not make them differ",
		seen: (seen, sent) => {
			const [answer] = seen.client;
			if (answer === undefined) return;
			const version = /HTTP\/1\.\d/.exec(sent)?.[0];
			answer.status = 403;
			answer.reason = "Forbidden";
			answer.body = FAULTS.noSession.text;
			answer.headers["cache-control"] = "no-store";
			answer.headers["content-length"] = String(answer.body.length);
			answer.headers["content-type"] = "text/plain; charset=utf-8";
			answer.headers["proxy-status"] = `galaxy-proxy; details="${version}"`;
			seen.container = [];
		},
	},
	"a container sets no policy for Galaxy's origin": {
		reason:
			"one answer with includeSubDomains makes a plain-http Galaxy unreachable",
		response: ({ headers }) => drop(headers, ["strict-transport-security"]),
	},
	"interim answers pass": {
		reason: "RFC 9110 15.2: a proxy forwards 1xx; http-proxy drops them",
		seen: (seen) => {
			seen.client.unshift({
				status: 102,
				reason: "Processing",
				headers: {},
				body: "",
				trailers: {},
			});
		},
	},
} satisfies Record<string, Difference>;

export type DifferenceName = keyof typeof TABLE;
export const named: Readonly<Record<DifferenceName, Difference>> = TABLE;
