// Longer than 200 lines: one lab, whose web server, Galaxy and proxy are set up in one place.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { freePort } from "../../support/free-port.js";
import { startBrowser } from "../support/browser.js";
import {
	type ServerName,
	startServer,
	type Tls,
} from "../support/front-servers.js";
import { printedFront, runNginx } from "../support/fronts.js";
import { type Place, PROXY_MAIN, ROOT } from "../support/place.js";
import { newSession, startGalaxyPage } from "../support/site.js";
import { isListening } from "../support/until.js";
import { CACHE, type Form } from "./app.js";

export type ProxyName = "ours" | "peer";

export const GALAXY = "https://galaxy.test";
const PREFIX = "/interactivetool/ep";
const WRITER = join(ROOT, "test/support/galaxy-map.py");
const PEER = join(
	CACHE,
	"peer/node_modules/@galaxyproject/gx-it-proxy/lib/main.js",
);

/** A tool's row: who may reach it, and how. */
export interface Tool {
	readonly key: string;
	readonly token: string;
}

/** As Galaxy 23.2 and later make them. */
export function newTool(): Tool {
	const base36 = (bytes: number) =>
		BigInt(`0x${randomBytes(bytes).toString("hex")}`).toString(36);
	return { key: base36(4), token: base36(8) };
}

/** The tool's public path, which ends with a slash. */
export function pathOf({ key, token }: Tool): string {
	return `${PREFIX}/${key}/${token}/`;
}

/**
 * A Galaxy at https://galaxy.test with a front server, and Chromium, which finds that
 * by that name and those of domain tools.
 */
export class ToolSite {
	private constructor(
		readonly place: Place,
		readonly browser: Browser,
		readonly proxyPort: number,
		readonly map: string,
	) {}

	/** front: nginx as Galaxy documents it, or a server as `galaxy-proxy front` configures it. */
	static async open(
		place: Place,
		proxy: ProxyName,
		front: Behind["front"] = "documented",
	): Promise<ToolSite> {
		const map = place.file("interactivetools_map.sqlite");
		const site = {
			...{ place, map },
			...{ proxyPort: await freePort(), adminPort: await freePort() },
		};
		const galaxyPort = await startGalaxyPage(place, newSession(), "/");
		write(map, "put", "nobody", "nothing", "127.0.0.1", 9, null);
		await startProxy(proxy, site);
		const port = await startFront(place, {
			proxyPort: site.proxyPort,
			adminPort: site.adminPort,
			galaxyPort,
			front,
		});
		const browser = await startBrowser(
			place,
			"--ignore-certificate-errors",
			`--host-resolver-rules=MAP *:443 127.0.0.1:${port}, MAP * 127.0.0.1`,
		);
		return new ToolSite(place, browser, site.proxyPort, map);
	}

	/** Galaxy commits the row of a tool that listens on this port. */
	put({ key, token }: Tool, port: number, form: Form, header?: string): void {
		write(this.map, "put", key, token, "127.0.0.1", port, {
			requires_path_in_url: form === "url",
			requires_path_in_header_named: form === "header" ? header : null,
		});
	}

	remove({ key }: Tool): void {
		write(this.map, "remove", key);
	}

	/** Where the browser finds the tool. */
	urlOf(tool: Tool, form: Form): string {
		if (form !== "domain") return `${GALAXY}${pathOf(tool)}`;
		return `https://${tool.key}-${tool.token}.ep.interactivetool.galaxy.test/`;
	}
}

interface Behind {
	readonly proxyPort: number;
	/** Of the proxy's admin listener, which HAProxy asks. */
	readonly adminPort: number;
	readonly galaxyPort: number;
	readonly front: "documented" | ServerName;
}

/** Has committed, as Galaxy does it, when it returns. */
function write(map: string, ...call: readonly unknown[]): void {
	const input = `${JSON.stringify(call)}\n`;
	const written = execFileSync("python3", [WRITER, map, "gxitproxy"], {
		input,
	});
	assert.equal(written.toString(), "true\n");
}

async function startProxy(
	proxy: ProxyName,
	{
		place,
		map,
		proxyPort,
		adminPort,
	}: Omit<Behind, "front" | "galaxyPort"> & {
		place: Place;
		map: string;
	},
): Promise<void> {
	// The documented block sends no X-Forwarded-Proto.
	const own = ["--mode", "gxit", "--public-scheme", "https"];
	const admin = ["--admin", `127.0.0.1:${adminPort}`];
	const program = proxy === "peer" ? [PEER] : [PROXY_MAIN, ...own, ...admin];
	const command = [
		...[process.execPath, ...program, "--ip", "localhost"],
		...["--port", String(proxyPort), "--sessions", map, "--verbose"],
		...["--proxyPathPrefix", PREFIX],
	];
	await place.startReady("proxy", command, () => isListening(proxyPort));
}

/** The server in front of the proxy and of Galaxy, with TLS. */
async function startFront(place: Place, behind: Behind): Promise<number> {
	const { proxyPort, adminPort, galaxyPort, front } = behind;
	const tls = certify(place);
	if (front === "documented") return startDocumented(place, behind, tls);
	const text = printedFront(
		...[front, "--for", "tools", "--server-name", "galaxy.test"],
		...["--port", String(proxyPort), "--admin", `127.0.0.1:${adminPort}`],
		...["--galaxy", `localhost:${galaxyPort}`],
	);
	return startServer(front, place, text, tls);
}

/** nginx as in Galaxy's documentation, with the upload limit that administrators raise. */
async function startDocumented(
	place: Place,
	{ proxyPort, galaxyPort }: Behind,
	{ certificate, key }: Tls,
): Promise<number> {
	const port = await freePort();
	const server = `
	listen 127.0.0.1:${port} ssl;
	ssl_certificate ${certificate};
	ssl_certificate_key ${key};`;
	const directives = `
		proxy_redirect off;
		proxy_http_version 1.1;
		proxy_set_header Host $host;
		proxy_set_header X-Real-IP $remote_addr;
		proxy_set_header Upgrade $http_upgrade;
		proxy_set_header Connection "upgrade";
		client_max_body_size 1g;
		proxy_pass http://localhost:${proxyPort};`;
	return runNginx(
		place,
		port,
		`server {${server}
	server_name galaxy.test;
	location / {
		proxy_set_header Host $host;
		proxy_pass http://localhost:${galaxyPort};
	}
	location ~* ^/(interactivetool/.+)$ {
		${directives}
	}
}
server {${server}
	server_name *.ep.interactivetool.galaxy.test;
	location / {
		${directives}
	}
}`,
	);
}

function certify(place: Place): Tls {
	const tls = {
		certificate: place.file("certificate.pem"),
		key: place.file("key.pem"),
	};
	const names =
		"subjectAltName=DNS:galaxy.test,DNS:*.ep.interactivetool.galaxy.test";
	execFileSync(
		"openssl",
		[
			...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
			...["-subj", "/CN=galaxy.test", "-addext", names],
			...["-keyout", tls.key],
			...["-out", tls.certificate],
		],
		{ stdio: "ignore" },
	);
	return tls;
}
