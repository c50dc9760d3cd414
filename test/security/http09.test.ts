import { test } from "node:test";
import { COOKIE, request } from "../support/client.js";
import { expectRefused } from "./attack.js";

for (const [name, bytes, status] of [
	["a target alone", "GET /a\r\n", 400],
	["with fields", `GET /a\r\n${COOKIE}\r\n\r\n`, 400],
	["a space behind the target", "GET /a \r\n", 400],
	["by its number", request("GET /a").replace("1.1", "0.9"), 505],
] as const)
	test(`HTTP/0.9 is refused: ${name}`, (t) => expectRefused(t, bytes, status));
