import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { startBackend } from "../support/backend.js";
import { connect } from "../support/raw-client.js";
import { anonymous, head, UPGRADE } from "../support/request-text.js";
import { runApache, runNginx, withPorts } from "./support/fronts.js";
import { Galaxy } from "./support/galaxy.js";
import { startGalaxyPage } from "./support/galaxy-page.js";
import { BASE } from "./support/jupyter.js";
import { type Place, placeFor } from "./support/place.js";
import { newSession } from "./support/site.js";
import { freePort } from "./support/until.js";

/** The text of a file that the front servers may read. */
const SECRET = "a file of Galaxy's server";
const OWN = "the container's own word";
const KEPT = "X-Own: kept";
/** Below it a front server asks the container without the proxy. */
const STRAIGHT = "/straight/";
/** The path that the documented blocks let WebSockets through; nginx asks in HTTP/1.1 there, in HTTP/1.0 elsewhere. */
const KERNELS = `${BASE}api/kernels/`;

const LENGTH = `Content-Length: ${OWN.length}`;
const ACCEPT = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/** By the last segment of the path: what a container answers that has these fields for the front server. */
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

interface Site {
	readonly place: Place;
	readonly galaxy: Galaxy;
	readonly galaxyPort: number;
	readonly proxyPort: number;
	readonly containerPort: number;
	readonly session: string;
}

/** Each with Galaxy's documented lines for the files that Galaxy itself names, and what of a container it obeys by itself. */
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

test("what a container says to front servers goes no further than the proxy, and is logged once", async (t) => {
	const site = await openSite(t, "front-commands");
	for (const kind of KINDS) {
		const seen = await ask(t, site, site.proxyPort, BASE + kind);
		assertOwn(seen, kind);
		assert.ok(seen.includes(KEPT), `${kind}: ${seen}`);
	}
	const told = site.galaxy.log
		.split("\n")
		.filter((line) => line.includes("tried to command"));
	assert.equal(told.length, 1);
	assert.match(told[0] ?? "", /"value":"\/_x_accel_redirect\/.*\/secret"/);
});

/** A session whose container would have the file of this test, with the fields in no usual letter case. */
async function openSite(t: TestContext, name: string): Promise<Site> {
	const place = placeFor(t, name);
	const file = place.file("secret");
	writeFileSync(file, SECRET);
	// Apache's workers are somebody else.
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
	const session = newSession();
	const galaxy = await Galaxy.open(place);
	await galaxy.launch({ key: session, host: "127.0.0.1", port });
	const galaxyPort = await startGalaxyPage(place, session);
	const { proxyPort } = galaxy;
	return { place, galaxy, galaxyPort, proxyPort, containerPort: port, session };
}

/** All that the client gets for this path. */
async function ask(
	t: TestContext,
	{ session }: Site,
	port: number,
	path: string,
): Promise<string> {
	const client = await connect(t, port);
	const isUpgrade = path.endsWith("upgrade");
	client.send(
		anonymous(
			`GET ${path}`,
			`Cookie: galaxysession=${session}`,
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
