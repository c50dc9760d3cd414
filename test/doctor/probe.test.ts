import { test } from "node:test";
import { expectDiagnoses, type SiteCase } from "./examined.js";

const without = (field: string) => (head: string) =>
	head.replace(new RegExp(`^${field}:.*\r\n`, "gim"), "");
const withoutUpgrade = (head: string) =>
	without("connection")(without("upgrade")(head));
const ofPath = (change: (path: string) => string) => (head: string) =>
	head.replace(/ (\S+) /, (_, path: string) => ` ${change(path)} `);

/** Faults that only a request with a session shows. */
const REQUESTS: Record<string, SiteCase> = {
	"the front takes the prefix away": {
		head: ofPath((path) => path.replace("/galaxy/gie_proxy", "")),
		name: "front path",
		what: /\/galaxy\/gie_proxy\/doctor\/plain arrives as \/doctor\/plain$/,
		remedy: /proxy_pass without a path/,
	},
	"the front takes the cookies away": {
		head: without("cookie"),
		name: "front cookie",
		what: /does not come through/,
		remedy: /pass the Cookie header on/,
	},
	"the front passes no upgrade on": {
		head: withoutUpgrade,
		name: "front upgrade",
		what: /^WebSockets are not passed on: .*200 instead of 101/,
		remedy: /Upgrade \$http_upgrade/,
	},
	"the front passes upgrades of kernels alone": {
		head: (head) =>
			head.includes("/api/kernels/") ? head : withoutUpgrade(head),
		name: "front upgrade",
		what: /^WebSockets are not passed on/,
		remedy: /everything below the prefix/,
	},
	"the front loses the query string": {
		head: ofPath((path) => path.replace(/\?.*/, "")),
		name: "front query",
		what: /is lost$/,
		remedy: /\$is_args\$args/,
	},
	"the front decodes slashes": {
		head: ofPath((path) => path.replaceAll("%2F", "/")),
		name: "front path",
		what: /a%2Fb%20c%5Bd%5D arrives as .*\/a\/b%20c/,
		remedy: /path on unchanged/,
	},
	"the front decodes blanks": {
		head: ofPath((path) => path.replaceAll("%20", " ")),
		name: "front path",
		what: /refused by the proxy, since the front has decoded it/,
		remedy: /path on unchanged/,
	},
	"the front answers encoded slashes itself": {
		to: (path) => {
			if (/%2F/i.test(path.split("?")[0] ?? "")) return 404;
			return path.startsWith("/galaxy/gie_proxy") ? "proxy" : "galaxy";
		},
		name: "front path",
		what: /a%2Fb.* is answered 404 before/,
		remedy: /AllowEncodedSlashes NoDecode/,
	},
	"the front names itself as the host": {
		head: (head) => head.replace(/^host: .*$/im, "Host: localhost:8800"),
		name: "front host",
		verdict: "doubtful",
		what: /Host arrives as localhost:8800/,
		remedy: /proxy_set_header Host/,
	},
};

const MIB = 1024 * 1024;

/** Faults that only a long exchange shows. */
const TRANSFERS: Record<string, SiteCase> = {
	"the front ends uploads beyond 1 MiB": {
		coming: MIB,
		name: "front upload",
		what: /upload of 4 MiB/,
		remedy: /client_max_body_size/,
	},
	"the front cuts long answers": {
		answer: 3 * MIB,
		name: "front download",
		what: /of 8388608 bytes is cut after \d+/,
		remedy: /proxy_temp_path/,
	},
	"the front cuts answers that are silent": {
		patience: 1_500,
		flags: ["--silence", "4"],
		name: "front silence",
		what: /an answer that is silent for 4 s is cut/,
		remedy: /proxy_read_timeout/,
	},
	"the front cuts WebSockets that are silent": {
		patience: 1_500,
		flags: ["--silence", "4"],
		name: "front silence",
		what: /a WebSocket that is silent for 4 s is cut/,
		remedy: /proxy_read_timeout/,
	},
	"the front holds answers back": {
		buffers: true,
		flags: ["--silence", "1"],
		name: "front buffering",
		verdict: "doubtful",
		what: /buffers an answer/,
		remedy: /proxy_buffering off/,
	},
};

const PROBE = ["--probe", "--silence", "0.1"];

test("a front proxy that changes or refuses requests", (t) =>
	expectDiagnoses(t, REQUESTS, ...PROBE));

test("a front proxy that cuts or buffers long transfers", (t) =>
	expectDiagnoses(t, TRANSFERS, ...PROBE));
