import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startHttpBackend } from "../support/container.js";
import { scratchFolder } from "../support/folders.js";
import {
	examine,
	expectDiagnosis,
	expectWell,
	startRunning,
	startSite,
} from "./examined.js";

const NAME = "galaxy.test";

const skip =
	(process.platform !== "linux" || process.getuid?.() !== 0) &&
	"a private hosts file needs root";

/** Words in front of a command for which the name has an address of IPv4 and one of IPv6. */
function withTwoAddresses(t: TestContext): string[] {
	const hosts = join(scratchFolder(t), "hosts");
	writeFileSync(hosts, `127.0.0.1 localhost ${NAME}\n::1 ${NAME}\n`);
	const script = `mount --bind ${hosts} /etc/hosts && exec "$@"`;
	return ["unshare", "--mount", "sh", "-c", script, "sh"];
}

test("another server is at one of the addresses", { skip }, async (t) => {
	const running = await startRunning(t);
	const { port } = new URL(await startSite(t, running));
	const url = ["--url", `http://${NAME}:${port}/galaxy`];
	const within = withTwoAddresses(t);
	await startHttpBackend(
		t,
		(_request, response) => response.writeHead(404).end("Welcome"),
		{ host: "::1", port: Number(port) },
	);
	expectDiagnosis(await examine([...running.args, ...url], { within }), {
		name: "front addresses",
		what: /do not reach the proxy at ::1 \(answered 404\)$/,
		remedy: /listen \[::\]:80/,
	});
});

test("nobody answers at one of the name's addresses", { skip }, async (t) => {
	const running = await startRunning(t);
	const { port } = new URL(await startSite(t, running));
	const url = ["--url", `http://${NAME}:${port}/galaxy`, "--probe"];
	const within = withTwoAddresses(t);
	const options = [...running.args, ...url, "--silence", "4"];
	expectWell(await examine(options, { within }));
});
