// Longer than 200 lines: one lab, whose web server, Galaxy and proxy are set up in one place.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { startBrowser } from "../support/browser.js";
import { runNginx } from "../support/fronts.js";
import { type Place, PROXY_MAIN, ROOT } from "../support/place.js";
import { newSession, startGalaxyPage } from "../support/site.js";
import { freePort, isListening } from "../support/until.js";
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
 * A Galaxy at https://galaxy.test with nginx in front, as its documentation configures it, and Chromium, which finds nginx
 * by that name and those of domain tools.
 */
export class ToolSite {
	private constructor(
		readonly place: Place,
		readonly browser: Browser,
		readonly proxyPort: number,
		readonly map: string,
	) {}

	/** block: nginx's, as Galaxy documents it or as docs/front-proxies.md does. */
	static async open(
		place: Place,
		proxy: ProxyName,
		block: Behind["block"] = "documented",
	): Promise<ToolSite> {
		const map = place.file("interactivetools_map.sqlite");
		const site = { place, map, proxyPort: await freePort() };
		const galaxyPort = await startGalaxyPage(place, newSession(), "/");
		write(map, "put", "nobody", "nothing", "127.0.0.1", 9, null);
		await startProxy(proxy, site);
		const front = await startFront(place, {
			proxyPort: site.proxyPort,
			galaxyPort,
			block,
		});
		const browser = await startBrowser(
			place,
			"--ignore-certificate-errors",
			`--host-resolver-rules=MAP *:443 127.0.0.1:${front}, MAP * 127.0.0.1`,
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
	readonly galaxyPort: number;
	readonly block: "documented" | "own";
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
	{ place, map, proxyPort }: { place: Place; map: string; proxyPort: number },
): Promise<void> {
	// The documented block sends no X-Forwarded-Proto.
	const own = ["--mode", "gxit", "--public-scheme", "https"];
	const program = proxy === "peer" ? [PEER] : [PROXY_MAIN, ...own];
	const command = [
		...[process.execPath, ...program, "--ip", "localhost"],
		...["--port", String(proxyPort), "--sessions", map, "--verbose"],
		...["--proxyPathPrefix", PREFIX],
	];
	await place.startReady("proxy", command, () => isListening(proxyPort));
}

/** nginx with these directives in both servers, and Galaxy's own location. */
async function startFront(
	place: Place,
	{ proxyPort, galaxyPort, block }: Behind,
): Promise<number> {
	const port = await freePort();
	certify(place);
	const server = `
	listen 127.0.0.1:${port} ssl;
	ssl_certificate ${place.file("certificate.pem")};
	ssl_certificate_key ${place.file("key.pem")};`;
	const { before, directives, path } =
		block === "documented" ? documented(proxyPort) : ownBlock(proxyPort);
	return runNginx(
		place,
		port,
		`${before}
server {${server}
	server_name galaxy.test;
	location / {
		proxy_set_header Host $host;
		proxy_pass http://localhost:${galaxyPort};
	}
	location ${path} {
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

interface Block {
	readonly before: string;
	/** Of the location that leads to the proxy. */
	readonly directives: string;
	/** The location of tools by path. */
	readonly path: string;
}

/** As in Galaxy's documentation, with the upload limit that administrators raise. */
function documented(proxyPort: number): Block {
	const directives = `
		proxy_redirect off;
		proxy_http_version 1.1;
		proxy_set_header Host $host;
		proxy_set_header X-Real-IP $remote_addr;
		proxy_set_header Upgrade $http_upgrade;
		proxy_set_header Connection "upgrade";
		client_max_body_size 1g;
		proxy_pass http://localhost:${proxyPort};`;
	return { before: "", directives, path: "~* ^/(interactivetool/.+)$" };
}

/** As in docs/front-proxies.md. */
function ownBlock(proxyPort: number): Block {
	const text = readFileSync(join(ROOT, "docs/front-proxies.md"), "utf8")
		.split("## nginx for Interactive Tools")[1]
		?.replaceAll("127.0.0.1:4002", `127.0.0.1:${proxyPort}`);
	const found =
		/```nginx\n([\s\S]*?)# Tools by domain[\s\S]*?location \/ \{([^}]*)\}/.exec(
			text ?? "",
		);
	assert.ok(found, "no block for tools in docs/front-proxies.md");
	const [, before = "", directives = ""] = found;
	return { before, directives, path: "^~ /interactivetool/ep/" };
}

function certify(place: Place): void {
	const names =
		"subjectAltName=DNS:galaxy.test,DNS:*.ep.interactivetool.galaxy.test";
	execFileSync(
		"openssl",
		[
			...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
			...["-subj", "/CN=galaxy.test", "-addext", names],
			...["-keyout", place.file("key.pem")],
			...["-out", place.file("certificate.pem")],
		],
		{ stdio: "ignore" },
	);
}
