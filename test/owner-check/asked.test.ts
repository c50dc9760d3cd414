import assert from "node:assert/strict";
import { test } from "node:test";
import { KEY } from "../support/tools.js";
import { startCheck } from "./started.js";

const ANNA = "galaxysession=anna";

test("Galaxy is asked for the entry point with the session cookie alone, unchanged", async (t) => {
	const { galaxy, ask } = await startCheck(t);
	assert.equal(
		await ask(`a=1; ${ANNA}; _xsrf=2; galaxysessions=x`),
		"admitted",
	);
	const { host } = new URL(galaxy.url);
	const path = `/api/entry_points/${KEY}/access`;
	assert.deepEqual(galaxy.asked, [{ method: "GET", path, host, cookie: ANNA }]);
});

test("below Galaxy's path", async (t) => {
	const { galaxy, ask } = await startCheck(t, { base: "/galaxy" });
	assert.equal(await ask(ANNA), "admitted");
	assert.equal(galaxy.asked[0]?.path, `/galaxy/api/entry_points/${KEY}/access`);
});

test("a slash at the end of the URL makes no difference", async (t) => {
	const { galaxy, ask } = await startCheck(t, { base: "/galaxy" });
	const { host } = new URL(galaxy.url);
	const other = await startCheck(t, { galaxyUrl: `http://${host}/galaxy/` });
	assert.equal(await other.ask(ANNA), await ask(ANNA));
	assert.equal(galaxy.asked[0]?.path, galaxy.asked[1]?.path);
});

test("all cookies of the names are sent, in their order", async (t) => {
	const names = ["galaxysession", "galaxycommunitysession"];
	const { galaxy, ask } = await startCheck(t, { sessionCookies: names });
	const cookies =
		"galaxysession=first; galaxycommunitysession=c; galaxysession=anna";
	assert.equal(await ask(cookies), "admitted");
	assert.equal(galaxy.asked[0]?.cookie, cookies);
});

test("bytes that are not ASCII and percent-encoding pass unchanged", async (t) => {
	const { galaxy, ask } = await startCheck(t);
	await ask("galaxysession=%61\xe9; b=1");
	assert.equal(galaxy.asked[0]?.cookie, "galaxysession=%61\xe9");
});

for (const cookies of [
	undefined,
	"",
	"a=1",
	"galaxysession=",
	"galaxysession= ; galaxysession",
	"Galaxysession=anna",
	"xgalaxysession=anna",
	`galaxysession=${"a".repeat(4096)}`,
])
	test(`no question for ${cookies?.slice(0, 40) ?? "no cookie"}`, async (t) => {
		const { galaxy, ask } = await startCheck(t);
		assert.equal(await ask(cookies), "notLoggedIn");
		assert.deepEqual(galaxy.asked, []);
	});

test("another user, an active tool that ended and one that is not active yet are told apart", async (t) => {
	const { galaxy, ask } = await startCheck(t);
	assert.equal(await ask("galaxysession=ben"), "notYours");
	galaxy.entryPoints.set("ended", { owner: "anna", state: "ended" });
	galaxy.entryPoints.set("new", { owner: "anna", state: "not active" });
	const from = (sessionKey: string, address: string) => ({
		sessionKey,
		address,
	});
	assert.equal(await ask(ANNA, from("ended/t", "192.0.2.2")), "toolStopped");
	assert.equal(await ask(ANNA, from("new/t", "192.0.2.3")), "notActive");
	assert.equal(await ask(ANNA, from("gone/t", "192.0.2.4")), "toolStopped");
});
