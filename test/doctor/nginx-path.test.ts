import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readConfiguration } from "../../src/commands/doctor/nginx/files.js";
import { nginxFindings } from "../../src/commands/doctor/nginx/nginx-checks.js";
import { configure, withMap } from "../../src/config/config.js";
import { scratchFolder } from "../support/folders.js";

/** The verdict on the path of proxy_pass in "location / {}"; undefined if it is good. */
const CASES = {
	"http://127.0.0.1:4002": undefined,
	"http://127.0.0.1:4002$request_uri": undefined,
	"http://127.0.0.1:4002/": "doubtful",
	"http://127.0.0.1:4002$uri$is_args$args": "doubtful",
	"http://127.0.0.1:4002/other/": "wrong",
};

for (const [url, verdict] of Object.entries(CASES))
	test(`proxy_pass ${url}`, async (t) => {
		const file = join(scratchFolder(t), "nginx.conf");
		const location = `location / { proxy_pass ${url}; }`;
		writeFileSync(file, `http { server { listen 80; ${location} } }`);
		const read = await readConfiguration({ root: "", file });
		assert.ok(read);
		const flags = { mode: "gxit", sessions: "map.sqlite", port: "4002" };
		const config = withMap(configure(flags, { env: {}, cwd: "/" }));
		const version = "1.22.1";
		const known = { config, version, url: undefined, userField: undefined };
		const found = [...nginxFindings(read, known)];
		assert.match(found[0]?.what ?? "", /^1 block of \S+ leads to the proxy/);
		const path = found.find(({ what }) => what.includes("path behind"));
		assert.equal(path?.verdict, verdict);
		if (path !== undefined)
			assert.match(path.remedy, /proxy_pass http:\/\/127\.0\.0\.1:4002;/);
	});
