import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { examine, expectDiagnosis } from "./examined.js";
import { startToolsSite } from "./tools-site.js";

/** A container whose port is published at this address. */
async function publish(t: TestContext, address: string): Promise<number> {
	const server = createServer((_, response) => response.end());
	server.listen(0, address);
	await once(server, "listening");
	t.after(() => server.close());
	return (server.address() as AddressInfo).port;
}

test("a container's port that answers at Galaxy's name is doubtful from the same host", async (t) => {
	const { url, args, map } = await startToolsSite(t);
	const port = await publish(t, "0.0.0.0");
	await map.put("open", "token", "127.0.0.1", port);
	expectDiagnosis(await examine([...args, "--url", url]), {
		name: "published ports",
		verdict: "doubtful",
		what: new RegExp(`^port ${port} of containers answers? at localhost`),
		remedy: /"ip": .*DOCKER-USER/,
	});
});

test("ports of the loopback alone are good", async (t) => {
	const { url, args, map } = await startToolsSite(t);
	await map.put("closed", "token", "127.0.0.1", await publish(t, "127.0.0.1"));
	const { findings } = await examine([...args, "--url", url]);
	const found = findings.find(({ name }) => name === "published ports");
	assert.equal(found?.verdict, "good");
	assert.match(found.what, /the ports of 2 containers do not answer to others/);
});
