import assert from "node:assert/strict";
import { test } from "node:test";
import { answered } from "./response-lines.js";

const ORIGIN = "http://galaxy.example:8080";
const OWN = [
	`Access-Control-Allow-Origin: ${ORIGIN}`,
	"Access-Control-Allow-Credentials: true",
];
const CONTAINERS = [
	"Access-Control-Allow-Origin: *",
	"access-control-allow-credentials: false",
	"Access-Control-Allow-Headers: accept",
];

test("without a grant the container's own pass", () => {
	assert.deepEqual(answered(200, CONTAINERS), CONTAINERS);
});

test("a grant replaces origin and credentials, and varies", () => {
	assert.deepEqual(answered(200, ["A: 1", ...CONTAINERS], { origin: ORIGIN }), [
		"A: 1",
		"Access-Control-Allow-Headers: accept",
		...OWN,
		"Vary: Origin",
	]);
});

test("Vary is not said twice", () => {
	for (const vary of ["Vary: Accept, origin", "vary: *"])
		assert.deepEqual(answered(200, [vary], { origin: ORIGIN }), [vary, ...OWN]);
	assert.deepEqual(answered(200, ["Vary: Accept"], { origin: ORIGIN }), [
		"Vary: Accept",
		...OWN,
		"Vary: Origin",
	]);
});

test("credentials alone leave the container's origin", () => {
	assert.deepEqual(answered(200, CONTAINERS, { origin: undefined }), [
		"Access-Control-Allow-Origin: *",
		"Access-Control-Allow-Headers: accept",
		"Access-Control-Allow-Credentials: true",
	]);
});
