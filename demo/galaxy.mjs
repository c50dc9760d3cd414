import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { parseCookie } from "cookie";
import { close, listen } from "./listen.mjs";
import { escaped, page, sendPage } from "./page.mjs";

/**
 * The page that stands in for Galaxy: gives each browser a session, starts and stops tools for it, and writes the session's
 * row into the session map of environments.
 * @param services tools and environments, which start after it
 */
export async function startGalaxy({ ip, port, services }) {
	const server = createServer(async (request, response) => {
		if (services.tools === undefined) {
			response.writeHead(503).end("The demo is still starting.\n");
			return;
		}
		const session = sessionOf(request) ?? newSession(response);
		const route = `${request.method} ${request.url}`;
		const [, by] = /^POST \/tools\/(path|domain)$/.exec(route) ?? [];
		const [, ended] = /^POST \/tools\/(\w+)\/stop$/.exec(route) ?? [];
		if (route === "GET /") return showPage(request, response, session);
		if (route === "POST /launch") return launch(request, response, session);
		const { launcher } = services.tools;
		if (by) await launcher.start(session, by);
		else if (ended) await launcher.stop(session, ended);
		else {
			response.writeHead(404).end("There is nothing at this address.\n");
			return;
		}
		response.writeHead(303, { Location: "/" }).end();
	});

	/** Like Galaxy, builds the address from the host name that the browser uses. */
	function environmentAddress(request) {
		const { proxy, container } = services.environments;
		return `http://${hostnameOf(request)}:${proxy.port}${container.path}`;
	}

	function showPage(request, response, session) {
		const { tools, environments } = services;
		const row = environments.map.read(session);
		const own = tools.launcher.of(session);
		const values = {
			tools: own.map((tool) => toolRow(tool, hostnameOf(request))).join("\n"),
			none: own.length > 0 ? "" : "None yet.",
			toolsPort: tools.proxy.port,
			toolsStatus: statusLink(tools.proxy),
			session: label(session),
			row: row ? `${row.host}:${row.port}` : "no row yet",
			address: escaped(environmentAddress(request)),
			status: statusLink(environments.proxy),
		};
		sendPage(response, page("galaxy.html", values));
	}

	/** As in Galaxy, the link opens a new tab. */
	function toolRow(tool, hostname) {
		const address = escaped(services.tools.launcher.addressOf(tool, hostname));
		return `<li><span>By ${tool.by}, container on port ${tool.container.port}</span>
<a class="button" href="${address}" target="_blank" rel="noopener">Open</a>
<form method="post" action="/tools/${tool.key}/stop"><button class="button plain" type="submit">Stop</button></form></li>`;
	}

	function launch(request, response, session) {
		const { map, container } = services.environments;
		map.write(session, container);
		response.writeHead(303, { Location: environmentAddress(request) }).end();
	}

	return { port: await listen(server, ip, port), stop: () => close(server) };
}

function hostnameOf(request) {
	return new URL(`http://${request.headers.host}`).hostname;
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
