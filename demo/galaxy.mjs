import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { parseCookie } from "cookie";
import { close, listen } from "./listen.mjs";
import { escaped, page, sendPage } from "./page.mjs";

/** The page that stands in for Galaxy: gives each browser a session, and writes the session's row into the session map. */
export async function startGalaxy({ ip, port, map, environment, proxy }) {
	const server = createServer((request, response) => {
		const session = sessionOf(request) ?? newSession(response);
		const route = `${request.method} ${request.url}`;
		if (route === "GET /") return showPage(request, response, session);
		if (route === "POST /launch") return launch(request, response, session);
		response.writeHead(404).end("There is nothing at this address.\n");
	});

	/** Like Galaxy, builds the address from the host name that the browser uses. */
	function environmentAddress(request) {
		const { hostname } = new URL(`http://${request.headers.host}`);
		return `http://${hostname}:${proxy.port}${environment.path}`;
	}

	function showPage(request, response, session) {
		const row = map.read(session);
		const values = {
			session: label(session),
			row: row ? `${row.host}:${row.port}` : "no row yet",
			address: escaped(environmentAddress(request)),
			proxyPort: proxy.port,
			environmentPort: environment.port,
			status: statusLink(proxy),
		};
		sendPage(response, page("galaxy.html", values));
	}

	function launch(request, response, session) {
		map.write(session, environment);
		response.writeHead(303, { Location: environmentAddress(request) }).end();
	}

	return { port: await listen(server, ip, port), stop: () => close(server) };
}

/** It listens only on loopback, for a browser on this machine. */
function statusLink({ adminPort }) {
	const address = `http://127.0.0.1:${adminPort}/`;
	return `<a href="${address}" target="_blank" rel="noopener">${address}</a>`;
}

function sessionOf(request) {
	const session = parseCookie(request.headers.cookie ?? "").galaxysession;
	return /^[0-9a-f]{48}$/.test(session ?? "") ? session : undefined;
}

function newSession(response) {
	const session = randomBytes(24).toString("hex");
	response.setHeader(
		"Set-Cookie",
		`galaxysession=${session}; Path=/; HttpOnly; SameSite=Lax`,
	);
	return session;
}

/** A session's label, as in the proxy's log; never the cookie itself. */
function label(session) {
	return createHash("sha256").update(session).digest("hex").slice(0, 8);
}
