import assert from "node:assert/strict";
import { test } from "node:test";
import {
	parseRequestFields,
	parseRequestLine,
} from "../../src/http1/request-head.js";
import {
	containerFields,
	containerHead,
	type RequestForm,
} from "../../src/routing/container-request.js";
import { head } from "../support/client.js";
import { FRONT, RULES } from "./out-fields.js";

const PLAIN: RequestForm = {
	target: "172.17.0.2:8888",
	closing: false,
	upgrade: "",
};

function sent(
	line: string,
	lines: string[],
	form: Partial<RequestForm> = {},
): string[] {
	const fields = parseRequestFields(head(...lines), 0);
	const block = { fields, out: containerFields(fields, FRONT, RULES) };
	const text = containerHead(
		{ line: parseRequestLine(line), block },
		{ ...PLAIN, ...form },
		FRONT,
		RULES,
	);
	assert.ok(text.endsWith("\r\n\r\n"));
	return text.slice(0, -4).split("\r\n");
}

test("the container always gets HTTP/1.1, with the target as sent", () => {
	assert.deepEqual(
		sent("PUT /a%2f?b#".slice(0, -1).concat(" HTTP/1.0"), ["host: x"]),
		["PUT /a%2f?b HTTP/1.1", "host: x"],
	);
});

test("an absolute target's authority becomes Host", () => {
	assert.deepEqual(sent("GET http://evil:1/a HTTP/1.1", ["A: 1", "Host: x"]), [
		"GET /a HTTP/1.1",
		"Host: evil:1",
		"A: 1",
	]);
});

test("without a Host the container's address is sent", () => {
	assert.deepEqual(sent("GET / HTTP/1.0", ["A: 1"]), [
		"GET / HTTP/1.1",
		"Host: 172.17.0.2:8888",
		"A: 1",
	]);
});

test("a connection for one request sends Connection: close", () => {
	assert.deepEqual(sent("GET / HTTP/1.1", ["Host: x"], { closing: true }), [
		"GET / HTTP/1.1",
		"Host: x",
		"Connection: close",
	]);
});

test("an upgrade is requested with our own lines", () => {
	const lines = [
		"Host: x",
		"Connection: keep-alive, Upgrade",
		"Upgrade: WebSocket",
	];
	assert.deepEqual(sent("GET / HTTP/1.1", lines, { upgrade: "websocket" }), [
		"GET / HTTP/1.1",
		"Host: x",
		"Connection: Upgrade",
		"Upgrade: websocket",
	]);
	assert.deepEqual(sent("GET / HTTP/1.1", lines), [
		"GET / HTTP/1.1",
		"Host: x",
	]);
});

const FORM = "application/x-www-form-urlencoded";

test("rstudio in the URL: two names in its spelling, forms without a charset", () => {
	assert.deepEqual(
		sent("POST /rstudio/auth HTTP/1.1", [
			"Host: x",
			"content-length: 3",
			`content-type: ${FORM}; charset=UTF-8`,
		]),
		[
			"POST /rstudio/auth HTTP/1.1",
			"Host: x",
			"Content-Length: 3",
			`Content-Type: ${FORM}`,
		],
	);
	assert.deepEqual(
		sent("POST /a?next=rstudio HTTP/1.1", [
			"Host: x",
			"content-type: text/x; charset=UTF-8",
		]),
		[
			"POST /a?next=rstudio HTTP/1.1",
			"Host: x",
			"Content-Type: text/x; charset=UTF-8",
		],
	);
});

test("elsewhere the spelling is the client's", () => {
	const lines = [
		"Host: x",
		"content-length: 3",
		`content-type: ${FORM}; charset=UTF-8`,
	];
	assert.deepEqual(sent("POST /jupyter HTTP/1.1", lines), [
		"POST /jupyter HTTP/1.1",
		...lines,
	]);
});
