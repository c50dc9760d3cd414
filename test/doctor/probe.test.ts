import { test } from "node:test";
import {
	type Diagnosis,
	examine,
	expectDiagnosis,
	startRunning,
	startSite,
} from "./examined.js";
import type { FrontFaults } from "./raw-front.js";

interface Case extends FrontFaults {
	diagnosis: Diagnosis;
}

const without = (field: string) => (head: string) =>
	head.replace(new RegExp(`^${field}:.*\r\n`, "gim"), "");
const withoutUpgrade = (head: string) =>
	without("connection")(without("upgrade")(head));
const ofPath = (change: (path: string) => string) => (head: string) =>
	head.replace(/ (\S+) /, (_, path: string) => ` ${change(path)} `);

/** Faults that only a request with a session shows. */
const CASES: Record<string, Case> = {
	"the front takes the prefix away": {
		head: ofPath((path) => path.replace("/galaxy/gie_proxy", "")),
		diagnosis: {
			name: "front path",
			what: /\/galaxy\/gie_proxy\/doctor\/plain arrives as \/doctor\/plain$/,
			remedy: /proxy_pass without a path/,
		},
	},
	"the front takes the cookies away": {
		head: without("cookie"),
		diagnosis: {
			name: "front cookie",
			what: /does not come through/,
			remedy: /pass the Cookie header on/,
		},
	},
	"the front passes no upgrade on": {
		head: withoutUpgrade,
		diagnosis: {
			name: "front upgrade",
			what: /^WebSockets are not passed on: .*200 instead of 101/,
			remedy: /Upgrade \$http_upgrade/,
		},
	},
	"the front passes upgrades of kernels alone": {
		head: (head) =>
			head.includes("/api/kernels/") ? head : withoutUpgrade(head),
		diagnosis: {
			name: "front upgrade",
			what: /^WebSockets are not passed on/,
			remedy: /everything below the prefix/,
		},
	},
	"the front loses the query string": {
		head: ofPath((path) => path.replace(/\?.*/, "")),
		diagnosis: {
			name: "front query",
			what: /is lost$/,
			remedy: /\$is_args\$args/,
		},
	},
	"the front decodes slashes": {
		head: ofPath((path) => path.replaceAll("%2F", "/")),
		diagnosis: {
			name: "front path",
			what: /a%2Fb%20c%5Bd%5D arrives as .*\/a\/b%20c/,
			remedy: /path on unchanged/,
		},
	},
	"the front decodes blanks": {
		head: ofPath((path) => path.replaceAll("%20", " ")),
		diagnosis: {
			name: "front path",
			what: /refused by the proxy, since the front has decoded it/,
			remedy: /path on unchanged/,
		},
	},
	"the front answers encoded slashes itself": {
		to: (path) => {
			if (/%2F/i.test(path.split("?")[0] ?? "")) return 404;
			return path.startsWith("/galaxy/gie_proxy") ? "proxy" : "galaxy";
		},
		diagnosis: {
			name: "front path",
			what: /a%2Fb.* is answered 404 before/,
			remedy: /AllowEncodedSlashes NoDecode/,
		},
	},
	"the front names itself as the host": {
		head: (head) => head.replace(/^host: .*$/im, "Host: localhost:8800"),
		diagnosis: {
			name: "front host",
			verdict: "doubtful",
			what: /Host arrives as localhost:8800/,
			remedy: /proxy_set_header Host/,
		},
	},
};

test("a front proxy with --probe", async (t) => {
	const running = await startRunning(t);
	for (const [name, { diagnosis, ...faults }] of Object.entries(CASES))
		await t.test(name, async (t) => {
			const origin = await startSite(t, running, faults);
			const probe = [
				"--url",
				`${origin}/galaxy`,
				"--probe",
				"--silence",
				"0.1",
			];
			const examined = await examine([...running.args, ...probe]);
			expectDiagnosis(examined, diagnosis);
		});
});
