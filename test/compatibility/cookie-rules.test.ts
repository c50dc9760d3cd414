import assert from "node:assert/strict";
import { test } from "node:test";
import { anonymous, ask, UPGRADE } from "../support/client.js";
import { startAnswering } from "../support/container.js";
import { startDaemon } from "../support/daemon.js";

const LONG = "x".repeat(1024);

const SERVED: [name: string, ...lines: string[]][] = [
	["the session's cookie", "Cookie: galaxysession=abc"],
	["the last of two", "Cookie: galaxysession=zzz; galaxysession=abc"],
	["among others", "Cookie: a=1; galaxysession=abc; b=2"],
	["without a space behind the semicolon", "Cookie: a=1;galaxysession=abc;b"],
	["percent-encoded", "Cookie: galaxysession=%61bc"],
	["in the second Cookie line", "Cookie: a=1", "cookie: galaxysession=abc"],
	[
		"of two lines the last",
		"Cookie: galaxysession=zzz",
		"Cookie: galaxysession=abc",
	],
	["of 1024 bytes", `Cookie: galaxysession=${LONG}`],
];

const REFUSED: [name: string, ...lines: string[]][] = [
	["no cookie"],
	["another one alone", "Cookie: session=abc"],
	["an unknown one", "Cookie: galaxysession=zzz"],
	["the first of two", "Cookie: galaxysession=abc; galaxysession=zzz"],
	[
		"in the first line before another",
		"Cookie: galaxysession=abc",
		"Cookie: galaxysession=zzz",
	],
	["the name in other case", "Cookie: GalaxySession=abc"],
	["the value in other case", "Cookie: galaxysession=ABC"],
	["quoted", 'Cookie: galaxysession="abc"'],
	["a bad escape", "Cookie: galaxysession=abc%"],
	["__proto__", "Cookie: galaxysession=__proto__"],
	["constructor", "Cookie: galaxysession=constructor"],
	["null, of which there is a row", "Cookie: galaxysession=null"],
	["null in escapes", "Cookie: galaxysession=%6eull"],
	["empty, of which there is a row", "Cookie: galaxysession="],
	["without a value", "Cookie: galaxysession"],
	["over 1 kB, of which there is a row", `Cookie: galaxysession=${LONG}y`],
];

test("the session cookie decides, for requests and for upgrades alike", async (t) => {
	const container = await startAnswering(t);
	const { port } = await startDaemon(t, {
		sessions: {
			abc: container,
			null: container,
			"": container,
			[LONG]: container,
			[`${LONG}y`]: container,
		},
	});
	for (const [expected, cases] of [
		[200, SERVED],
		[403, REFUSED],
	] as const)
		for (const [name, ...lines] of cases)
			await t.test(`${expected}: ${name}`, async (t) => {
				const plain = anonymous("GET /", ...lines);
				const socket = anonymous("GET /", ...UPGRADE, ...lines);
				let wasHeld = true;
				for (let turn = 0; wasHeld && turn < 3; turn++) {
					const began = performance.now();
					for (const text of [plain, socket])
						assert.equal((await ask(t, port, text)).status, expected);
					// Each time; a busy machine takes a second now and then.
					wasHeld = performance.now() - began > 900;
				}
				assert.ok(!wasHeld, "nothing was held");
			});
});
