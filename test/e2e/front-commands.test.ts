import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { anonymous, connect, head, UPGRADE } from "../support/client.js";
import { startBackend } from "../support/container.js";
import { freePort } from "../support/free-port.js";
import { runApache, runNginx, withPorts } from "./support/fronts.js";
import { BASE } from "./support/jupyter.js";
import { type Place, placeFor } from "./support/place.js";
import { type Launched, launchAt } from "./support/site.js";
import { until } from "./support/until.js";

/** In a file that the front servers may read. */
const SECRET = "a file of Galaxy's server";
const OWN = "the container's own text";
const KEPT = "X-Own: kept";
/** A front server sends requests below it to the container, without the proxy. */
const STRAIGHT = "/straight/";
/** The documented blocks pass WebSockets below it, where nginx sends HTTP/1.1; elsewhere it sends HTTP/1.0. */
const KERNELS = `${BASE}api/kernels/`;

const LENGTH = `Content-Length: ${OWN.length}`;
const ACCEPT = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** The container's answers with fields for the front server, chosen by the last segment of the path. */
const ANSWERS = {
	answer: (fields: string[]) =>
		head("HTTP/1.1 200 OK", ...fields, LENGTH) + OWN,
	interim: (fields: string[]) =>
		head("HTTP/1.1 103 Early Hints", ...fields) +
		head("HTTP/1.1 200 OK", LENGTH) +
		OWN,
	upgrade: (fields: string[]) =>
		head("HTTP/1.1 101 Yes", ...UPGRADE.slice(0, 2), ACCEPT, ...fields) + OWN,
	trailer: (fields: string[]) =>
		head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") +
		`${OWN.length.toString(16)}\r\n${OWN}\r\n0\r\n${head(...fields)}`,
};
type Kind = keyof typeof ANSWERS;
const KINDS = Object.keys(ANSWERS) as Kind[];

interface Site extends Launched {
	readonly place: Place;
	readonly containerPort: number;
}

/** Front servers with Galaxy's documented lines for its own files, and the answers of a container that they obey. */
const FRONTS = {
	nginx: {
		obeys: ["answer", "interim", "upgrade"],
		start: (site: Site, port: number) =>
			runNginx(
				site.place,
				port,
				`server {
listen 127.0.0.1:${port};
${withPorts("galaxy-docs.nginx.conf", site)}
location /_x_accel_redirect/ {
    internal;
    alias /;
}
location ${STRAIGHT} {
    proxy_pass http://127.0.0.1:${site.containerPort};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
}
}`,
			),
	},
	apache: {
		obeys: ["answer"],
		start: (site: Site, port: number) =>
			runApache(site.place, port, {
				modules: ["xsendfile"],
				config: `XSendFile on
XSendFilePath /
ProxyPass ${STRAIGHT} http://127.0.0.1:${site.containerPort}${STRAIGHT} upgrade=websocket
${withPorts("galaxy-docs.apache.conf", site)}`,
			}),
	},
} as const;

for (const name of ["nginx", "apache"] as const)
	test(`through ${name} a container is not given a file of Galaxy's server`, async (t) => {
		const site = await openSite(t, `front-commands-${name}`);
		const { start, obeys } = FRONTS[name];
		const port = await start(site, await freePort());

		await t.test("without the proxy it is", async () => {
			const given: Kind[] = [];
			for (const kind of KINDS) {
				const seen = await ask(t, site, port, STRAIGHT + kind);
				if (seen.includes(SECRET)) given.push(kind);
			}
			assert.deepEqual(given, obeys);
		});
		for (const kind of KINDS)
			await t.test(`with it not: ${kind}`, async () => {
				for (const path of kind === "upgrade" ? [KERNELS] : [BASE, KERNELS])
					assertOwn(await ask(t, site, port, path + kind), kind);
			});
	});

test("the proxy drops a container's commands to front proxies, and logs it once", async (t) => {
	const site = await openSite(t, "front-commands");
	for (const kind of KINDS) {
		const seen = await ask(t, site, site.proxyPort, BASE + kind);
		assertOwn(seen, kind);
		assert.ok(seen.includes(KEPT), `${kind}: ${seen}`);
	}
	const told = () =>
		site.galaxy.log
			.split("\n")
			.filter((line) => line.includes("tried to command"));
	await until("the line in the log", () => told().length > 0);
	assert.equal(told().length, 1);
	assert.match(told()[0] ?? "", /"value":"\/_x_accel_redirect\/.*\/secret"/);
});

/** A session whose container asks for this test's file, with field names in an unusual letter case. */
async function openSite(t: TestContext, name: string): Promise<Site> {
	const place = placeFor(t, name);
	const file = place.file("secret");
	writeFileSync(file, SECRET);
	// Apache's workers run as another user.
	chmodSync(place.folder, 0o755);
	const fields = [
		`x-ACCEL-redirect: /_x_accel_redirect${file}`,
		`X-sendFILE: ${file}`,
		KEPT,
	];
	const { port } = await startBackend(t, async (connection) => {
		const { target } = await connection.request();
		const kind = target.split("/").at(-1) as Kind;
		connection.send(ANSWERS[kind](fields)).end();
	});
	const launched = await launchAt(place, { host: "127.0.0.1", port });
	return { ...launched, place, containerPort: port };
}

/** Everything that the client receives for this path. */
async function ask(
	t: TestContext,
	{ key }: Site,
	port: number,
	path: string,
): Promise<string> {
	const client = await connect(t, port);
	const isUpgrade = path.endsWith("upgrade");
	client.send(
		anonymous(
			`GET ${path}`,
			`Cookie: galaxysession=${key}`,
			...(isUpgrade ? UPGRADE : ["Connection: close"]),
		),
	);
	// nginx keeps the connection of an upgrade that it answers with a file.
	if (isUpgrade)
		await client.until((seen) => seen.includes(SECRET) || seen.includes(OWN));
	else await client.closed;
	client.destroy();
	return client.received;
}

function assertOwn(seen: string, kind: Kind): void {
	assert.ok(seen.includes(OWN), `${kind}: ${seen}`);
	assert.ok(!seen.includes(SECRET), `${kind}: ${seen}`);
	assert.doesNotMatch(seen, /accel-redirect|sendfile/i);
	assert.match(seen, kind === "upgrade" ? /^HTTP\/1\.1 101 / : / 200 OK\r\n/);
}
