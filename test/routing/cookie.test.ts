import assert from "node:assert/strict";
import { test } from "node:test";
import { findSessionKeys } from "../../src/routing/cookie.js";

const KEYS: [cookies: string | undefined, key: string][] = [
	[undefined, ""],
	["", ""],
	["galaxysession=abc", "abc"],
	["a=1; galaxysession=abc; b=2", "abc"],
	["a=1;galaxysession=abc;b=2", "abc"],
	["galaxysession = abc ; b=2", "abc"],
	["galaxysession=abc; galaxysession=zzz", "zzz"],
	["galaxysession=zzz; galaxysession=abc", "abc"],
	["galaxysession=; galaxysession=abc", "abc"],
	["galaxysession=abc; galaxysession=", ""],
	["galaxysession", ""],
	["galaxysession; galaxysession=abc", "abc"],
	["GalaxySession=abc", ""],
	["xgalaxysession=abc", ""],
	["galaxysessionx=abc", ""],
	["galaxysession=a=b", "a=b"],
	["galaxysession=%61bc", "abc"],
	["galaxysession=a%20b", "a b"],
	["galaxysession=%E9", "\xe9"],
	["galaxysession=%", "%"],
	["galaxysession=%zz%61", "%zza"],
	["galaxysession=%6", "%6"],
	["galaxysession=a+b", "a+b"],
	['galaxysession="abc"', '"abc"'],
	["galaxysession=null", ""],
	["galaxysession=%6eull", ""],
	["galaxysession=None", "None"],
	["galaxysession=__proto__", "__proto__"],
	["galaxysession=constructor", "constructor"],
	["__proto__=x; galaxysession=abc", "abc"],
	["=x; ;; galaxysession=abc", "abc"],
	[`galaxysession=${"k".repeat(1024)}`, "k".repeat(1024)],
	[`galaxysession=${"k".repeat(1025)}`, ""],
];

for (const [cookies, key] of KEYS)
	test(`${JSON.stringify(cookies)?.slice(0, 60)} is ${key.slice(0, 20) || "nobody"}`, () => {
		assert.equal(findSessionKeys(cookies, "galaxysession").sessionKey, key);
	});

test("the cookie's name is the flag's", () => {
	assert.equal(
		findSessionKeys("galaxysession=a; other=b", "other").sessionKey,
		"b",
	);
	assert.equal(findSessionKeys("a=b", "__proto__").sessionKey, "");
	assert.equal(findSessionKeys("__proto__=b", "__proto__").sessionKey, "b");
	assert.equal(findSessionKeys("a=b", "toString").sessionKey, "");
});

const OTHERS: [cookies: string, others: string[]][] = [
	["galaxysession=a", []],
	["galaxysession=a; galaxysession=a", []],
	["galaxysession=a; galaxysession=b", ["a"]],
	["galaxysession=a; x=1; galaxysession=b; galaxysession=c", ["a", "b"]],
	["galaxysession=a; galaxysession=b; galaxysession=a", ["b"]],
	["galaxysession=; galaxysession=b", []],
	["galaxysession=%61; galaxysession=a", []],
];

for (const [cookies, others] of OTHERS)
	test(`${cookies} also contains ${others.join() || "no other key"}`, () => {
		assert.deepEqual(
			findSessionKeys(cookies, "galaxysession").otherKeys,
			others,
		);
	});
