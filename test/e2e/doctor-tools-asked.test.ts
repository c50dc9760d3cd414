import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { dirname } from "node:path";
import { test } from "node:test";
import { examine } from "../doctor/examined.js";
import { freePort } from "../support/free-port.js";
import {
	type DoctorSite,
	openDoctorSite,
} from "./support/doctor-tools-site.js";
import { runNginx } from "./support/fronts.js";

const skip =
	process.getuid?.() !== 0 && "only root can keep files from another account";
const NOBODY = "setpriv --reuid=65534 --regid=65534 --clear-groups".split(" ");

/** Lines of nginx; location: of both locations for tools. */
interface Lines {
	readonly http?: string;
	readonly server?: string;
	readonly location: string;
}

/** What doctor finds as an account that may write to the map, but not read nginx's files. */
async function findingsOf(site: DoctorSite, lines: Lines): Promise<string[]> {
	const { http = "", server = "", location } = lines;
	const port = await freePort();
	const block = `{ ${location} proxy_pass http://127.0.0.1:${site.proxyPort}; }`;
	const open = `listen 127.0.0.1:${port}; ${server}`;
	await runNginx(
		site.place,
		port,
		`${http}
server { ${open} server_name localhost; location /interactivetool/ ${block}
location / { proxy_pass http://127.0.0.1:${site.galaxyPort}; } }
server { ${open} server_name *.ep.interactivetool.localhost; location / ${block} }`,
	);
	chmodSync(site.place.file("nginx"), 0o700);
	const map = site.args[site.args.indexOf("--sessions") + 1] ?? "";
	chmodSync(dirname(map), 0o777);
	chmodSync(map, 0o666);
	const { findings } = await examine(
		[...site.args, "--probe", "--url", `http://localhost:${port}`],
		{ within: NOBODY },
	);
	return findings.map(
		({ name, verdict, what }) => `${verdict} ${name}: ${what}`,
	);
}

function expectBothWays(
	lines: readonly string[],
	expected: Readonly<Record<string, RegExp>>,
): void {
	for (const [name, what] of Object.entries(expected)) {
		const found = lines.filter((line) => line.startsWith(`wrong ${name}: `));
		assert.equal(found.length, 2, `${name}:\n${lines.join("\n")}`);
		for (const line of found) assert.match(line, what);
	}
}

test("doctor may not read nginx's files, and finds their faults by asking", {
	skip,
}, async (t) => {
	const site = await openDoctorSite(t, "doctor-tools-asked");
	const lines = await findingsOf(site, {
		http: "proxy_cache_path cache keys_zone=c:1m;",
		location:
			"proxy_set_header Host $host; proxy_cache c; proxy_cache_valid any 1m;",
	});
	assert.ok(
		lines.some((line) =>
			/^unchecked nginx: .*\/nginx\.conf cannot be read: EACCES: permission denied$/.test(
				line,
			),
		),
	);
	expectBothWays(lines, {
		"front body": /refuses request bodies of 10 MiB \(413\); it accepts 1 MiB/,
		"front cache": /the front answers from a cache/,
		"front host": /cuts the port off Host/,
		"front upload": /an upload of 4 MiB is answered 413/,
		"front upgrade": /WebSockets are not passed on: .* answered 200/,
	});
});

test("the same with a login before tools", { skip }, async (t) => {
	const site = await openDoctorSite(t, "doctor-tools-asked-login");
	const lines = await findingsOf(site, {
		server: "location = /login { return 401; }",
		location: "auth_request /login;",
	});
	expectBothWays(lines, {
		"front tool": /is answered 401 before the container/,
	});
	for (const name of ["front prefix", "front names"])
		assert.ok(
			lines.some(
				(line) =>
					line.startsWith(`wrong ${name}: `) && /answered 401/.test(line),
			),
			lines.join("\n"),
		);
});
