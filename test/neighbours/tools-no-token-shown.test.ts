import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as dial } from "node:net";
import { type TestContext, test } from "node:test";
import { startWatched } from "../support/admin.js";
import { head, UPGRADE } from "../support/client.js";
import { STOPPED, startAnswering } from "../support/container.js";
import { hostOf, pathOf, startToolMap, TOOL_PREFIX } from "../support/tools.js";

const ANSWERS = "zqxj7wvk4bfh9";
const TOKENS = {
	answers: ANSWERS,
	refuses: "xk9wq2zvj5hgp",
	garbage: "jw4zxq8kvb6mf",
	commands: "vz3qjx7wk5bhd",
	starting: "qj6xzw2vkf8gb",
	wrong: "kz8vqw5xj3bnh",
};
const GARBLED = `${ANSWERS.slice(0, 7)}%${ANSWERS.slice(7)}`;

/** Requests with tokens in every place that a client writes. */
function requests(): string[] {
	const named = Object.entries(TOKENS).flatMap(([key, token]) => [
		head("GET /lab HTTP/1.1", `Host: ${hostOf(key, token)}`),
		head(`GET ${pathOf(key, token)}/lab HTTP/1.1`, "Host: a"),
		head("GET /ws HTTP/1.1", `Host: ${hostOf(key, token)}`, ...UPGRADE),
		head(`GET ${pathOf(key, token)}/ HTTP/1.1`, "Host: a", ...UPGRADE),
		head(`GET ${pathOf(key, token)}?${token} HTTP/1.1`, "Host: a"),
		head(
			`POST ${pathOf(key, token)}/ HTTP/1.1`,
			"Host: a",
			"Content-Length: x",
		),
	]);
	const host = `Host: ${hostOf("answers", ANSWERS)}`;
	const path = pathOf("answers", ANSWERS);
	const everywhere = [
		`Referer: https://a${path}/`,
		`Cookie: a=${ANSWERS}; galaxysession=${ANSWERS}`,
		`Origin: https://${hostOf("answers", ANSWERS)}`,
		`X-Forwarded-Host: ${hostOf("answers", ANSWERS)}`,
		`Authorization: token ${ANSWERS}`,
	];
	return [
		...named,
		head(`GET /${ANSWERS}?${ANSWERS} HTTP/1.1`, host, ...everywhere),
		head(`GET ${path}/${ANSWERS}/${ANSWERS.slice(2)}x HTTP/1.1`, host),
		head(`GET ${path.replace("/ep/", "/EP/")}/ HTTP/1.1`, "Host: a"),
		head(`GET ${path.replace("/ep/", "/epx/")}/ HTTP/1.1`, "Host: a"),
		head(`GET ${path.replace(ANSWERS, GARBLED)}/ HTTP/1.1`, "Host: a"),
		head(`GET ${path.slice(0, -3)}/ HTTP/1.1`, "Host: a"),
		head(`GET ${path.replace(ANSWERS, `e/${ANSWERS}`)} HTTP/1.1`, "Host: a"),
		head(`GET ${path}/../../k/t HTTP/1.1`, "Host: a"),
		head(`GET /${ANSWERS} HTTP/1.1`, "Host: a"),
		head(`GET /${ANSWERS}/ep HTTP/1.1`, host.replace(".ep.", ":")),
		head(`GET http://${hostOf("wrong", ANSWERS)}${path}/ HTTP/1.1`, "Host: a"),
		head(`GET ${path}/ HTTP/1.0`),
		head(`GET ${path}/ HTTP/1.1`),
		head(`GET ${path}/ HTTP/3.0`, host),
		head(`GET ${path}/#${ANSWERS} HTTP/1.1`, host),
		head(`CONNECT ${hostOf("answers", ANSWERS)}:443 HTTP/1.1`, host),
		head(`${ANSWERS} / HTTP/1.1`, host),
		head("GET / HTTP/1.1", host, host),
		head("GET / HTTP/1.1", host, `${ANSWERS} x: 1`),
		head("GET / HTTP/1.1", host, `CDN-Loop: ${ANSWERS}`),
		head(`GET /${"x".repeat(17_000)}${ANSWERS} HTTP/1.1`, host),
		`GET ${path}/\0 HTTP/1.1\r\n`,
		`${ANSWERS}\n`,
	];
}

/** Sends the request on a new connection and half-closes. Resolves with all that comes back, without the redirect's goal. */
async function bodyOf(port: number, text: string): Promise<string> {
	const socket = dial({ port, host: "127.0.0.1", allowHalfOpen: true });
	let answer = "";
	socket.setEncoding("latin1").on("data", (data) => {
		answer += data;
	});
	socket.on("error", () => undefined).end(text, "latin1");
	await once(socket, "close");
	return answer.replace(/^Location: .*$/gm, "");
}

/** The first part of a token, of six characters, that is in the text. */
function tokenIn(text: string): string | undefined {
	for (const token of Object.values(TOKENS))
		for (let at = 0; at + 6 <= token.length; at++) {
			const part = token.slice(at, at + 6);
			const found = text.indexOf(part);
			if (found >= 0) return text.slice(Math.max(0, found - 200), found + 20);
		}
	return undefined;
}

async function startMap(t: TestContext): Promise<string> {
	const ok = await startAnswering(t);
	const garbage = await startAnswering(t, "garbage\r\n\r\n");
	const command = `X-Accel-Redirect: ${pathOf("commands", TOKENS.commands)}?x`;
	const commands = await startAnswering(
		t,
		head("HTTP/1.1 200 OK", command, "Content-Length: 0"),
	);
	const map = startToolMap(t);
	const ports = { answers: ok.port, garbage: garbage.port };
	for (const [key, port] of Object.entries({
		...ports,
		commands: commands.port,
		refuses: STOPPED.port,
		starting: null,
		wrong: ok.port,
	})) {
		const token = key === "wrong" ? ANSWERS : TOKENS[key as "answers"];
		await map.put(key, token, port === null ? null : "127.0.0.1", port);
	}
	return map.path;
}

for (const flags of [["--proxyPathPrefix", TOOL_PREFIX], []])
	for (const verbose of [["--verbose"], []])
		test(`no part of a token is shown anywhere (${[...flags, ...verbose].join(" ")})`, async (t) => {
			const map = await startMap(t);
			const mode = ["--mode", "gxit", "--log-level", "debug"];
			const { daemon, ask } = await startWatched(t, {
				map,
				args: [...mode, ...flags, ...verbose],
			});
			let shown = "";
			for (const text of requests()) shown += await bodyOf(daemon.port, text);
			for (const path of ["/metrics", "/routes", "/live", "/"])
				shown += (await ask(path)).text;
			await daemon.stop();
			shown += JSON.stringify(daemon.lines) + daemon.stderr;
			assert.match(shown, /refused a message|"path"/);
			assert.equal(tokenIn(shown), undefined);
		});
