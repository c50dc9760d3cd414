import type { Difference } from "./observed.js";
import { drop, LOOP_ID } from "./observed.js";

/** The differences that apply to every exchange, in this order. */
export const everywhere = {
	"hop-by-hop fields end at the proxy": {
		reason: "RFC 9110 7.6.1: they belong to one connection",
		request: ({ headers }, sent) => {
			const upgrade = /^upgrade: *websocket/im.test(sent)
				? headers.upgrade
				: undefined;
			const trailers = listed(headers.te).includes("trailers");
			drop(headers, [...HOP_BY_HOP, ...nominated(sent)]);
			if (upgrade !== undefined) headers.upgrade = upgrade;
			if (trailers) headers.te = "trailers";
		},
		response: ({ status, headers }) => {
			const upgrade = status === 101 ? headers.upgrade : undefined;
			drop(headers, [
				...HOP_BY_HOP,
				...listed(headers.connection?.toLowerCase()),
			]);
			if (upgrade !== undefined) headers.upgrade = upgrade;
		},
	},
	"the session cookie is not forwarded": {
		reason: "it grants a login to Galaxy as its user",
		request: ({ headers }) => {
			const kept = (headers.cookie ?? "")
				.split(";")
				.filter((pair) => !/^\s*galaxysession\s*=/.test(pair));
			const left = kept.join(";").trim();
			if (left === "") delete headers.cookie;
			else headers.cookie = left;
		},
	},
	"a container cannot set the session cookie": {
		reason: "it would log the user out of Galaxy, or into another's session",
		response: ({ headers }) => {
			const lines = (headers["set-cookie"] ?? "")
				.split("\n")
				.filter((line) => !line.startsWith("galaxysession="));
			if (lines.join("") === "") delete headers["set-cookie"];
			else headers["set-cookie"] = lines.join("\n");
		},
	},
	"the client's address is passed on": {
		reason: "containers log and limit by address; loopback peers are trusted",
		request: ({ headers }) => {
			headers["x-forwarded-for"] = [
				...listed(headers["x-forwarded-for"]),
				"127.0.0.1",
			].join(", ");
		},
	},
	"a request that already passed through this proxy is recognised": {
		reason: "RFC 8586: a row may point back here through a front proxy",
		request: ({ headers }) => {
			headers["cdn-loop"] = LOOP_ID;
		},
	},
	"no invented length": {
		reason: "http-proxy adds Content-Length: 0 (CVE-2026-29057)",
		request: (request, sent) => {
			if (/^content-length:/im.test(sent)) return;
			if (request.headers["content-length"] !== "0") return;
			delete request.headers["content-length"];
			request.spelling = request.spelling.replace(/,?content-length/i, "");
		},
	},
	"names keep their spelling": {
		reason: "Node wrote every name in lower case for the legacy",
		request: (request) => {
			request.spelling = request.spelling
				.replace("content-length", "Content-Length")
				.replace("content-type", "Content-Type");
		},
	},
	"targets are not re-encoded": {
		reason: "Node's url.parse escapes characters that browsers send raw",
		request: (request, sent) => {
			const target = sent.split(" ")[1] ?? "";
			for (const raw of "{}|^`<>\"'") {
				if (target.includes(raw))
					request.target = request.target
						.replaceAll(encodeURIComponent(raw), raw)
						.replaceAll("%27", "'");
			}
		},
	},
	"a response that depends on Origin says so in Vary": {
		reason: "without Vary a cache serves it to other origins",
		response: ({ headers, status }, sent) => {
			if (status === 101 || !/^origin:/im.test(sent)) return;
			if (!/\borigin\b/i.test(headers.vary ?? ""))
				headers.vary = [...listed(headers.vary), "Origin"].join(", ");
		},
	},
	"the proxy's own answers are complete": {
		reason: "length, type, origin and no-store, which the legacy's lacked",
		response: (response, sent) => {
			const body = sent.startsWith("HEAD ") ? "" : MISSING;
			if (response.status !== 502 || response.body !== body) return;
			response.headers["cache-control"] = "no-store";
			response.headers["content-length"] = String(MISSING.length);
			response.headers["content-type"] = "text/plain; charset=utf-8";
			const version = /HTTP\/1\.\d/.exec(sent)?.[0];
			response.headers["proxy-status"] = `galaxy-proxy; details="${version}"`;
		},
	},
	"responses that refuse upgrades have the CORS fields": {
		reason: "browsers ignore them, and one code serves requests and upgrades",
		response: ({ headers, status }, sent) => {
			if (status === 101 || !/^upgrade: websocket/im.test(sent)) return;
			headers["access-control-allow-credentials"] = "true";
			const origin = /^Origin: (.*)\r$/im.exec(sent)?.[1];
			if (origin) headers["access-control-allow-origin"] = origin;
		},
	},
} satisfies Record<string, Difference>;

const MISSING = "Proxy target missing";
const HOP_BY_HOP = [
	...["keep-alive", "proxy-authenticate", "proxy-authorization"],
	...["proxy-connection", "te", "upgrade"],
];

function listed(value = ""): string[] {
	return value
		.split(",")
		.map((each) => each.trim())
		.filter((each) => each !== "");
}

/** The fields that Connection names. */
function nominated(sent: string): string[] {
	const fields = sent.slice(0, sent.indexOf("\r\n\r\n")).split("\r\n").slice(1);
	const lines = fields.filter((line) => /^connection:/i.test(line));
	return lines.flatMap((line) =>
		listed(line.slice(line.indexOf(":") + 1).toLowerCase()),
	);
}
