import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Examined, examine, expectDiagnosis } from "./examined.js";
import { galaxyFolder } from "./galaxy-file.js";
import { startToolsSite, type ToolsFaults } from "./tools-site.js";

/** Doctor's output for a Galaxy whose users are logged in by the front proxy. */
async function examineLogin(
	t: TestContext,
	faults: ToolsFaults,
	...flags: string[]
): Promise<Examined> {
	const { url, args } = await startToolsSite(t, faults);
	const root = galaxyFolder(t, {
		"galaxy.yml":
			"galaxy: {interactivetools_enable: true, use_remote_user: true}",
	});
	const config = ["--config", join(root, "galaxy.yml")];
	return examine([...args, ...config, "--url", url, ...flags]);
}

test("the front's login takes the requests for tools", async (t) => {
	const examined = await examineLogin(t, {
		to: () => "galaxy",
		galaxy: (_, response) => response.writeHead(401).end(),
	});
	expectDiagnosis(examined, {
		name: "front login",
		verdict: "doubtful",
		what: /^use_remote_user is on: remote-user, gx-secret, Basic passwords .* are withheld .* are not$/,
		remedy: /^Let the front pass requests for tools without its login/,
	});
});

test("requests for tools pass without a login, whose cookie is not known", async (t) => {
	expectDiagnosis(await examineLogin(t, {}), {
		name: "front login",
		verdict: "doubtful",
		what: /requests for tools pass without the front's login; a cookie of a login that is not among the known ones still reaches tools by path$/,
		remedy: /^Name the cookie in --withhold\. .*--probe shows the fields/,
	});
});

for (const [what, { flags = [], fields = {} }] of Object.entries<{
	flags?: string[];
	/** Of the front's answer to a request without a login. */
	fields?: Record<string, string>;
}>({
	"which --withhold names": { flags: ["--withhold", "authelia_session"] },
	"which is Basic": { fields: { "WWW-Authenticate": 'Basic realm="Galaxy"' } },
	"which is oauth2-proxy's": {
		fields: { "Set-Cookie": "_oauth2_proxy_csrf=x; Path=/" },
	},
}))
	test(`requests for tools pass without the login, ${what}`, async (t) => {
		const { findings } = await examineLogin(
			t,
			{ galaxy: (_, response) => response.writeHead(401, fields).end() },
			...flags,
		);
		const found = findings.filter(({ name }) => name === "front login");
		t.assert.deepEqual(
			found.map(({ verdict }) => verdict),
			["good"],
			JSON.stringify(found),
		);
		t.assert.match(found[0]?.what ?? "", /pass without the front's login$/);
	});

test("Galaxy's own session cookie is no login of the front", async (t) => {
	const fields = { "Set-Cookie": "galaxysession=x; Path=/" };
	const { findings } = await examineLogin(t, {
		galaxy: (_, response) => response.writeHead(200, fields).end(),
	});
	const found = findings.find(({ name }) => name === "front login");
	t.assert.equal(found?.verdict, "doubtful", JSON.stringify(found));
});
