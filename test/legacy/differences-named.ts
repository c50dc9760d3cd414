import { FAULTS } from "../../src/faults.js";
import { type Difference, drop, LOOP_ID } from "./observed.js";

/** The differences that apply only to exchanges that name them. */
const TABLE = {
	"localhost in a Location becomes a path": {
		reason: "the legacy's own port is only correct without a front proxy",
		response: ({ headers }) => {
			const own = /^http:\/\/localhost(:\d+)?(?=\/)/;
			headers.location = headers.location?.replace(own, "") ?? "";
		},
	},
	"trailers pass": {
		reason: "RFC 9110 6.5: they have a reader; http-proxy drops them",
		request: (request) => {
			request.trailers = { "x-checksum": "c0ffee" };
		},
	},
	"trailers of answers pass": {
		reason: "RFC 9110 6.5: they have a reader; http-proxy drops them",
		response: (response) => {
			response.trailers = { "x-checksum": "c0ffee" };
		},
	},
	"an answer's missing length stays missing": {
		reason: "Node's server gives an empty body a length of 0",
		response: ({ headers }) => drop(headers, ["content-length"]),
	},
	"raw UTF-8 passes": {
		reason: "nginx's kernels location sends it; Node's parser answers 400",
		both: (observed, sent) => {
			const host = /^Host: (.*)\r$/m.exec(sent)?.[1] ?? "";
			const none = { body: "", trailers: {} };
			const allowed = { "access-control-allow-credentials": "true" };
			const answered = { ...allowed, "content-length": "5" };
			const ok = { status: 200, reason: "OK", body: "hello", trailers: {} };
			observed.client = [{ ...ok, headers: answered }];
			const forwarded = { "x-forwarded-for": "127.0.0.1", "cdn-loop": LOOP_ID };
			observed.container = [
				{
					...none,
					method: "GET",
					target: sent.split(" ")[1] ?? "",
					headers: { host, ...forwarded },
					spelling: "",
				},
			];
		},
	},
	"the last of several session cookies counts": {
		reason: "Galaxy itself reads the last, too",
		both: (observed, sent) => {
			const [answer] = observed.client;
			if (answer === undefined) return;
			const version = /HTTP\/1\.\d/.exec(sent)?.[0];
			answer.status = 403;
			answer.reason = "Forbidden";
			answer.body = FAULTS.noSession.text;
			answer.headers["cache-control"] = "no-store";
			answer.headers["content-length"] = String(answer.body.length);
			answer.headers["content-type"] = "text/plain; charset=utf-8";
			answer.headers["proxy-status"] = `galaxy-proxy; details="${version}"`;
			observed.container = [];
		},
	},
	"a container sets no policy for Galaxy's origin": {
		reason: "with includeSubDomains it makes a plain-http Galaxy unreachable",
		response: ({ headers }) => drop(headers, ["strict-transport-security"]),
	},
	"interim answers pass": {
		reason: "RFC 9110 15.2: a proxy forwards 1xx; http-proxy drops them",
		both: (observed) => {
			observed.client.unshift({
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
