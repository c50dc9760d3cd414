import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { type TestContext, test } from "node:test";
import { makeWildcardAuthority } from "../support/certificates.js";
import { freePort } from "../support/free-port.js";
import {
	type DoctorSite,
	findingsAt,
	openDoctorSite,
} from "./support/doctor-tools-site.js";
import { runApache, runNginx } from "./support/fronts.js";
import { isListening } from "./support/until.js";

/** The block of Galaxy's training material for tools, in each of the two places. */
const documented = (port: number) => `
    proxy_redirect off;
    proxy_http_version 1.1;
    proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
    proxy_pass http://localhost:${port};`;

/** http: lines before the servers; server: lines of both; location: of both locations for tools. */
function nginxText(
	{ proxyPort, galaxyPort }: DoctorSite,
	port: number,
	lines: { http?: string; server?: string; location?: string } = {},
): string {
	const { http = "", server = "", location = "" } = lines;
	const listen = server.includes("ssl_certificate") ? `${port} ssl` : port;
	const block = `{ ${documented(proxyPort)}\n${location} }`;
	return `${http}
server {
    listen 127.0.0.1:${listen}; server_name localhost; ${server}
    location / { proxy_pass http://127.0.0.1:${galaxyPort}; }
    location ~* ^/(interactivetool/.+)$ ${block}
}
server {
    listen 127.0.0.1:${listen}; server_name *.interactivetool.localhost; ${server}
    location / ${block}
}`;
}

function expectLines(
	{ bad }: Awaited<ReturnType<typeof findingsAt>>,
	patterns: readonly RegExp[],
): void {
	for (const pattern of patterns)
		assert.ok(
			bad.some((line) => pattern.test(line)),
			`${pattern}:\n${bad.join("\n")}`,
		);
}

const startNginx = async (
	t: TestContext,
	name: string,
	lines: Parameters<typeof nginxText>[2] = {},
) => {
	const site = await openDoctorSite(t, name);
	const port = await freePort();
	await runNginx(site.place, port, nginxText(site, port, lines));
	return { site, port };
};

test("nginx as Galaxy documents it: doctor names the lines, without and with --probe", async (t) => {
	const { site, port } = await startNginx(t, "doctor-tools-documented");
	const url = `http://localhost:${port}`;
	const conf = String.raw`\S+nginx\.conf:\d+, \S+nginx\.conf:\d+$`;
	expectLines(await findingsAt(url, site, ["--probe"]), [
		RegExp(
			`^wrong nginx: \\$host cuts the port ${port} off Host: WebSockets of Jupyter and Streamlit will be refused: ${conf}`,
		),
		RegExp(`^wrong nginx: an idle Shiny or desktop is cut after 60 s.*${conf}`),
		RegExp(`^wrong nginx: uploads above 1 MiB are refused.*${conf}`),
		RegExp(`^doubtful nginx: nginx buffers answers.*${conf}`),
		RegExp(`^doubtful nginx: nginx buffers uploads.*${conf}`),
		RegExp(`^doubtful nginx: nginx obeys X-Accel-Redirect.*${conf}`),
		/^wrong front body: by path: the front refuses request bodies of 10 MiB/,
		/^wrong front host: by path: the front cuts the port off Host/,
		/^wrong front host: by host name: the front cuts the port off Host/,
		/^wrong front upload: by host name: an upload of 4 MiB is answered 413/,
		/^doubtful front buffering: by host name: the front buffers an upload until/,
	]);
});

test("nginx with a certificate that lacks the tools' names, and a login", async (t) => {
	const { issued, authority } = makeWildcardAuthority(t, ["localhost"]);
	const { site, port } = await startNginx(t, "doctor-tools-login", {
		server: `ssl_certificate ${issued.certificate}; ssl_certificate_key ${issued.key};`,
		location:
			"auth_request off; proxy_set_header Oidc-Claim-Email a@example.org;",
	});
	const env = { NODE_EXTRA_CA_CERTS: authority };
	const url = `https://localhost:${port}`;
	expectLines(await findingsAt(url, site, ["--probe"], env), [
		/^wrong certificate: the certificate does not cover \*\.ep\.interactivetool\.localhost: it is for localhost,/,
		/^doubtful nginx: no X-Forwarded-Proto/,
		/^doubtful nginx: tools get Oidc-Claim-Email/,
		/^doubtful front login: by host name: the front adds oidc-claim-email/,
		/^doubtful front scheme: by path: X-Forwarded-Proto arrives not at all/,
	]);
});

test("nginx asks for a password before tools", async (t) => {
	const { site, port } = await startNginx(t, "doctor-tools-password", {
		location: 'auth_basic "Galaxy"; auth_basic_user_file nobody;',
	});
	expectLines(await findingsAt(`http://localhost:${port}`, site), [
		/^wrong nginx: a password \(auth_basic\) is asked for before tools/,
		/^wrong front prefix: by path: .*answered 401, by nginx/,
		/^wrong front names: by host name: .*answered 401, by nginx/,
	]);
});

test("Apache without upgrades and without the tools' Host", async (t) => {
	const site = await openDoctorSite(t, "doctor-tools-apache");
	const port = await freePort();
	const config = `<VirtualHost *:${port}>
ServerName localhost
ServerAlias *.localhost
RequestHeader set REMOTE_USER doctor
RequestHeader set X-Login-User doctor
ProxyPass /interactivetool/ http://127.0.0.1:${site.proxyPort}/interactivetool/
RewriteEngine On
RewriteCond %{HTTP_HOST} \\.interactivetool\\.
RewriteRule ^/(.*)$ http://127.0.0.1:${site.proxyPort}/$1 [P]
ProxyPass / http://127.0.0.1:${site.galaxyPort}/
</VirtualHost>`;
	await runApache(site.place, port, {
		modules: ["headers", "rewrite"],
		config,
	});
	const url = `http://localhost:${port}`;
	expectLines(await findingsAt(url, site, ["--probe"]), [
		/^wrong front tool: by host name: requests reach the proxy, but without the host name of the tool/,
		/^wrong front host: by path: Host arrives as 127\.0\.0\.1:/,
		/^wrong front path: by path: .*a%2Fb.* is answered 404/,
		/^wrong front upgrade: by path: WebSockets are not passed on/,
		/^doubtful front login: by path: the front adds x-login-user/,
	]);
});

test("HAProxy cuts idle tools", async (t) => {
	const site = await openDoctorSite(t, "doctor-tools-haproxy");
	const port = await freePort();
	const file = site.place.file("haproxy.cfg");
	writeFileSync(
		file,
		`defaults
    mode http
    timeout connect 5s
    timeout client 2s
    timeout server 2s
frontend all
    bind 127.0.0.1:${port}
    use_backend tools if { path_beg /interactivetool/ep/ } or { hdr_sub(host) .interactivetool. }
    default_backend galaxy
backend tools
    server tools 127.0.0.1:${site.proxyPort}
backend galaxy
    server galaxy 127.0.0.1:${site.galaxyPort}
`,
	);
	await site.place.startReady("haproxy", ["haproxy", "-db", "-f", file], () =>
		isListening(port),
	);
	const words = ["--probe", "--silence", "4"];
	expectLines(await findingsAt(`http://localhost:${port}`, site, words), [
		/^wrong front silence: by path: an answer that is silent for 4 s is cut/,
		/^wrong front silence: by host name: a WebSocket that is silent for 4 s is cut/,
	]);
});
