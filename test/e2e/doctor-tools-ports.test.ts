import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { examine } from "../doctor/examined.js";
import { noHostsFile, withHosts } from "../support/hosts-file.js";
import { KEY, startToolMap, TOKEN } from "../support/tools.js";
import { addRule, noNetwork, startEchoHost } from "./support/network.js";
import { placeFor } from "./support/place.js";

test("a container's port that answers at Galaxy's name on another host is wrong, and good once it is closed there", {
	skip: noNetwork() || noHostsFile(),
}, async (t) => {
	const place = placeFor(t, "doctor-tools-ports");
	const { host, port } = await startEchoHost(place);
	const map = startToolMap(t);
	await map.put(KEY, TOKEN, host.address, port);
	const hosts = place.file("hosts");
	writeFileSync(hosts, `127.0.0.1 localhost\n${host.address} galaxy.test\n`);
	const line = async () => {
		const flags = ["--mode", "gxit", "--sessions", map.path, "--port", "9"];
		const { findings } = await examine(
			[...flags, "--url", "http://galaxy.test"],
			{ within: withHosts(hosts) },
		);
		const found = findings.filter(({ name }) => name === "published ports");
		return found
			.map(({ verdict, what, remedy }) => `${verdict}: ${what} -> ${remedy}`)
			.join("\n");
	};
	assert.match(
		await line(),
		RegExp(
			`^wrong: port ${port} of containers answers at galaxy\\.test: anybody reaches containers without a token.* -> Publish ports on a private address.*DOCKER-USER`,
		),
	);
	addRule(host, `INPUT -p tcp --dport ${port} -j REJECT`);
	assert.equal(
		await line(),
		"good: the port of a container does not answer to others at galaxy.test -> ",
	);
});
