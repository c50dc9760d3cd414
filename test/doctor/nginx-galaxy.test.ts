import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readConfiguration } from "../../src/commands/doctor/nginx/files.js";
import { nginxFindings } from "../../src/commands/doctor/nginx/nginx-checks.js";
import { configure, withMap } from "../../src/config/config.js";
import { scratchFolder } from "../support/folders.js";

const TOOLS = `location /interactivetool/ep/ {
proxy_pass http://127.0.0.1:4002;
proxy_http_version 1.1;
proxy_set_header Host $http_host;
proxy_set_header Upgrade $http_upgrade;
proxy_set_header Connection $tool_connection;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_read_timeout 1d;
client_max_body_size 0;
proxy_buffering off;
proxy_request_buffering off;
proxy_ignore_headers X-Accel-Redirect;
}`;
const HOST = "proxy_set_header Host $http_host;";
const SCHEME = "proxy_set_header X-Forwarded-Proto $scheme;";

interface Site {
	/** Where Galaxy listens. */
	readonly address: string;
	/** Where nginx passes requests on to, if elsewhere. */
	readonly to?: string;
	readonly isHostFixed?: boolean;
	/** Lines of the server. */
	readonly server?: string;
}

/** The findings about a server whose location / leads to Galaxy. */
async function findingsOf(
	folder: string,
	lines: string,
	{ address, to = address, isHostFixed, server: more = "" }: Site,
) {
	const file = join(folder, "nginx.conf");
	const server = `listen 8443 ssl; server_name galaxy.example; ${more} ${TOOLS}`;
	const pass = `proxy_pass http://${to.startsWith("unix:") ? `${to}:` : to};`;
	writeFileSync(
		file,
		`http { server { ${server} location / { ${pass} ${lines} }
location /other/ { ${pass} } } }`,
	);
	const read = await readConfiguration({ root: "", file });
	assert.ok(read);
	const config = configure(
		{
			sessions: "map.sqlite",
			port: "4002",
			mode: "gxit",
			proxyPathPrefix: "/interactivetool/ep",
		},
		{ env: {}, cwd: "/" },
	);
	const [first, ...others] = nginxFindings(read, {
		config: withMap(config),
		url: new URL("https://galaxy.example:8443"),
		version: undefined,
		userField: undefined,
		galaxyAddress: address,
		isHostFixed,
	});
	assert.equal(first?.verdict, "good");
	return others.map(({ verdict, what, remedy }) => ({
		verdict,
		text: `${what} -> ${remedy}`,
	}));
}

for (const address of ["localhost:8080", "unix:/srv/galaxy.sock"])
	for (const [lines, verdict, expected] of [
		[HOST + SCHEME, "good", /./],
		[`proxy_set_header Host galaxy.example:8443;${SCHEME}`, "good", /./],
		[`proxy_set_header X-Forwarded-Host $http_host;${SCHEME}`, "good", /./],
		[`${HOST}proxy_set_header X-URL-SCHEME $scheme;`, "good", /./],
		[
			`${HOST}proxy_set_header X-Forwarded-Host $host;${SCHEME}`,
			"wrong",
			/off the X-Forwarded-Host .* -> Write proxy_set_header X-Forwarded-Host \$http_host; there/,
		],
		[
			`proxy_set_header X-Forwarded-Host "";${SCHEME}`,
			"wrong",
			/Host is not passed on to Galaxy/,
		],
		[
			SCHEME,
			"wrong",
			/Host is not passed on to Galaxy, so the links to tools lead to localhost\S*: .* -> Write proxy_set_header Host \$http_host; into/,
		],
		[
			`proxy_set_header Host $host;${SCHEME}`,
			"wrong",
			/\$host cuts the port 8443 off .* -> Write proxy_set_header Host \$http_host; there/,
		],
		[HOST, "doubtful", /links to tools by host name begin with http:/],
	] as const)
		test(`Galaxy at ${address} gets ${lines}`, async (t) => {
			const found = await findingsOf(scratchFolder(t), lines, { address });
			if (verdict === "good") {
				assert.deepEqual(found, []);
				return;
			}
			assert.equal(found.length, 1, JSON.stringify(found));
			assert.equal(found[0]?.verdict, verdict);
			assert.match(found[0]?.text ?? "", expected);
		});

for (const to of ["jenkins.example:8080", "192.0.2.1:8080"])
	test(`another server with Galaxy's port is not Galaxy: ${to}`, async (t) => {
		const site = { address: "localhost:8080", to };
		assert.deepEqual(await findingsOf(scratchFolder(t), SCHEME, site), []);
	});

test("Host does not matter if tools have a host of their own", async (t) => {
	const site = { address: "localhost:8080", isHostFixed: true };
	assert.deepEqual(await findingsOf(scratchFolder(t), SCHEME, site), []);
});

test("a line in the block would drop the lines that it inherits", async (t) => {
	const [found, ...others] = await findingsOf(scratchFolder(t), "", {
		address: "localhost:8080",
		server: `\nproxy_set_header X-Real-IP $remote_addr;${SCHEME}\n`,
	});
	assert.deepEqual(others, []);
	assert.match(
		found?.text ?? "",
		/Write proxy_set_header Host \$http_host; into these blocks, with a copy of the proxy_set_header lines that they inherit now \(\S+\.conf:2\), which nginx drops otherwise, then nginx -t/,
	);
});
