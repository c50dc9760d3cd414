import assert from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { ask } from "../support/client.js";
import { TOOL_HOST, TOOL_PREFIX } from "../support/tools.js";
import { startEchoingTool } from "./support/echoing-tool.js";
import { isMissing, SERVERS, startServer } from "./support/front-servers.js";
import { printedFront } from "./support/fronts.js";
import { placeFor } from "./support/place.js";

/** As an admin switches it on for Galaxy's own downloads. */
const XSENDFILE = `LoadModule xsendfile_module /usr/lib/apache2/modules/mod_xsendfile.so
XSendFile on
XSendFilePath /
`;

for (const name of SERVERS)
	test(`${name} as front configures it obeys no tool, even without galaxy-proxy behind it`, {
		skip: isMissing(name),
	}, async (t) => {
		const place = placeFor(t, `front-tools-commands-${name}`);
		writeFileSync(place.file("secret"), "a file of Galaxy's server");
		// Apache's workers run as another user.
		chmodSync(place.folder, 0o755);
		const tool = await startEchoingTool(place);
		const at = `127.0.0.1:${tool.port}`;
		const printed = printedFront(
			...[name, "--for", "tools", "--server-name", "galaxy.example"],
			...["--port", String(tool.port), "--admin", at],
		);
		const text = name === "apache" ? XSENDFILE + printed : printed;
		const port = await startServer(name, place, text);
		for (const [host, path] of [
			[TOOL_HOST, "/commands"],
			["galaxy.example", `${TOOL_PREFIX}/key/token/commands`],
		]) {
			const head = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
			const answer = await ask(t, port, head);
			assert.equal(answer.status, 200);
			assert.equal(answer.text, "the tool's own");
		}
	});
