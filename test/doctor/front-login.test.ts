import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { type Examined, examine, expectDiagnosis } from "./examined.js";
import { galaxyFolder } from "./galaxy-file.js";
import { startToolsSite, type ToolsFaults } from "./tools-site.js";

/** Doctor's output for a Galaxy whose users are logged in by the front proxy. */
async function examineLogin(
	t: TestContext,
	faults: ToolsFaults,
): Promise<Examined> {
	const { url, args } = await startToolsSite(t, faults);
	const root = galaxyFolder(t, {
		"galaxy.yml":
			"galaxy: {interactivetools_enable: true, use_remote_user: true}",
	});
	const config = ["--config", join(root, "galaxy.yml")];
	return examine([...args, ...config, "--url", url]);
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

test("requests for tools pass without the front's login", async (t) => {
	const { findings } = await examineLogin(t, {});
	const found = findings.filter(({ name }) => name === "front login");
	t.assert.deepEqual(
		found.map(({ verdict }) => verdict),
		["good"],
		JSON.stringify(found),
	);
	t.assert.match(found[0]?.what ?? "", /pass without the front's login/);
});
