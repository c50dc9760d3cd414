import { test } from "node:test";
import { anonymous } from "../support/client.js";
import { STOPPED } from "../support/container.js";
import { startProxy } from "../support/proxy.js";
import { answerTo } from "./own-answer.js";

const NO_SESSION = {
	status: 403,
	text: /^No interactive environment belongs to this browser session\..*Galaxy/,
	closes: false,
};

for (const [name, ...lines] of [
	["no cookie"],
	["another cookie", "Cookie: a=abc"],
	["an empty one", "Cookie: galaxysession="],
	["null", "Cookie: galaxysession=null"],
	["an unknown one", "Cookie: galaxysession=abd"],
	["another case", "Cookie: galaxysession=ABC"],
	["a quoted one", 'Cookie: galaxysession="abc"'],
	["a bad escape", "Cookie: galaxysession=abc%"],
	["__proto__", "Cookie: galaxysession=__proto__"],
	["over 1 kB", `Cookie: galaxysession=${"k".repeat(1025)}`],
	["an unknown one last", "Cookie: galaxysession=abc; galaxysession=abd"],
])
	test(`403 for ${name}`, async (t) => {
		const keys = ["abc", "null", "", "k".repeat(1025)];
		const sessions = Object.fromEntries(keys.map((key) => [key, STOPPED]));
		const proxy = await startProxy(t, sessions);
		await answerTo(t, proxy.port, anonymous("GET /a", ...lines), NO_SESSION);
	});
