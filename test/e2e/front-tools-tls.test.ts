import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { WebSocket } from "ws";
import { makeWildcardAuthority } from "../support/certificates.js";
import { TOOL_HOST } from "../support/tools.js";
import { startEchoingTool } from "./support/echoing-tool.js";
import { isMissing, SERVERS, startServer } from "./support/front-servers.js";
import { printedFront } from "./support/fronts.js";
import { placeFor } from "./support/place.js";

/** The two in the head of the printed file. */
const NAMES = ["galaxy.example", "*.ep.interactivetool.galaxy.example"];

for (const name of SERVERS)
	test(`with TLS as its head says, what front ${name} prints tells tools that the page is https`, {
		skip: isMissing(name),
	}, async (t) => {
		const place = placeFor(t, `front-tools-tls-${name}`);
		const tool = await startEchoingTool(place);
		const printed = printedFront(
			...[name, "--for", "tools", "--server-name", "galaxy.example"],
			...["--port", String(tool.port), "--admin", `127.0.0.1:${tool.port}`],
		);
		const { issued } = makeWildcardAuthority(t, NAMES);
		const port = await startServer(name, place, printed, issued);
		const tls = { servername: TOOL_HOST, rejectUnauthorized: false };
		const headers = { Host: TOOL_HOST, "X-Forwarded-Proto": "http" };

		const asked = request({ ...tls, port, path: "/x", headers, agent: false });
		const [answer] = await once(asked.end(), "response");
		const got = JSON.parse(await text(answer)).headers;
		assert.equal(got["x-forwarded-proto"], "https");
		assert.equal(got["x-forwarded-host"], TOOL_HOST);

		const socket = new WebSocket(`wss://127.0.0.1:${port}/socket`, {
			...tls,
			headers: { ...headers, Origin: `http://${TOOL_HOST}` },
		});
		await once(socket, "open");
		socket.send("echo?");
		assert.equal(String((await once(socket, "message"))[0]), "echo?");
		socket.close();
		await once(socket, "close");
	});
