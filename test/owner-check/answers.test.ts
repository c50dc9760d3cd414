import assert from "node:assert/strict";
import { test } from "node:test";
import { readAnswer } from "../../src/owner-check/galaxy-answer.js";

const TARGET = '{"target":"/interactivetool/ep/a/b/"}';

const cases: [kind: string, status: number, body: string][] = [
	["admitted", 200, TARGET],
	["not-yours", 403, '{"err_msg":"...","err_code":403002}'],
	["not-yours", 403, "<html>"],
	[
		"not-active",
		400,
		'{"err_msg":"InteractiveTool is not active. If you recently launched this tool","err_code":0}',
	],
	["ended", 400, '{"err_msg":"InteractiveTool has ended.","err_code":0}'],
	[
		"unknown-id",
		400,
		'{"err_msg":"Wrong id, unable to decode","err_code":400009}',
	],
	["failure", 200, '{"target":null}'],
	["failure", 200, '{"target":["a"]}'],
	["failure", 200, "null"],
	["failure", 200, '"target"'],
	["failure", 200, "<!doctype html><title>Log in</title>"],
	["failure", 200, ""],
	["failure", 201, TARGET],
	["failure", 400, "<html>400 Bad Request: a plain request to a TLS port"],
	["failure", 400, "{}"],
	["failure", 401, TARGET],
	["failure", 404, TARGET],
	["failure", 302, TARGET],
	["failure", 500, TARGET],
	["failure", 502, "<html>"],
];

for (const [kind, status, body] of cases)
	test(`${status} ${body || "without a body"}: ${kind}`, () => {
		assert.equal(readAnswer(status, body).kind, kind);
	});
