// Runs freshness.py against two daemons with two workers each, or against two gx-it-proxy, whose map is in one PostgreSQL.
// Needs the compiled tests. For freshness.mjs.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "..", "..");
const compiled = join(root, "build", "test");

/** Debian's Python, for which SQLAlchemy is installed. */
const PYTHON = "/usr/bin/python3";
const SQLALCHEMY = "/usr/lib/python3/dist-packages/sqlalchemy";

export const hasPostgres =
	existsSync("/usr/lib/postgresql") && existsSync(SQLALCHEMY);

const DAEMONS = 2;
const WORKERS = 2;

/** The status for a tool without a row. */
const REMOVED = { pg: "404", "gx-it-proxy": "502" };

/** As the peer's README has it. */
const TRIGGER = [
	`CREATE FUNCTION notify_gxitproxy() RETURNS trigger AS $$
	BEGIN PERFORM pg_notify('gxitproxy', 'gxitproxy'); RETURN NULL; END;
	$$ LANGUAGE plpgsql`,
	"CREATE TRIGGER gxitproxy_notify AFTER INSERT OR UPDATE OR DELETE ON gxitproxy FOR EACH ROW EXECUTE FUNCTION notify_gxitproxy()",
];
/** So that it is there before Galaxy's first commit. */
const TABLE =
	"CREATE TABLE gxitproxy (key varchar(16), key_type text, token varchar(32), host text, port integer, info text, PRIMARY KEY (key, key_type)); ALTER TABLE gxitproxy OWNER TO galaxy";

/** driver: "pg" for our daemons, or "gx-it-proxy". @returns a report as judge() of freshness.mjs */
export async function judgePostgres({ era, driver, commits, pause }) {
	const { startPostgres } = await import(
		join(compiled, "support", "postgres.js")
	);
	const ends = [];
	const t = { after: (end) => ends.unshift(end) };
	try {
		const server = await startPostgres(t);
		await server.query(TABLE, ...TRIGGER);
		const start = driver === "pg" ? startOurs : startPeer;
		const proxies = [];
		for (let number = 0; number < DAEMONS; number++)
			proxies.push(await start(t, server.url()));
		const args = proxies.flatMap(({ port }) => [
			"--proxy",
			`127.0.0.1:${port}`,
		]);
		args.push("--map", server.url(), "--commits", String(commits));
		args.push("--pause", String(pause), "--removed", REMOVED[driver]);
		const python = spawn(PYTHON, [join(here, "freshness.py"), ...args], {
			stdio: ["ignore", "pipe", "inherit"],
		});
		let output = "";
		python.stdout.setEncoding("utf8").on("data", (text) => {
			output += text;
		});
		const [code] = await once(python, "close");
		const mode = `${DAEMONS} daemons${driver === "pg" ? `, ${WORKERS} workers each` : ""}`;
		const internalFaults = proxies.reduce(
			(sum, proxy) => sum + proxy.internalFaults,
			0,
		);
		const node = process.versions.node;
		return {
			...{ era, mode, driver, node, code, internalFaults },
			...JSON.parse(output || "{}"),
		};
	} finally {
		for (const end of ends) await end();
	}
}

async function startOurs(t, map) {
	const main = join(root, "dist", "main.js");
	const words = [main, "--port", "0", "--workers", String(WORKERS)];
	const child = start(t, words, map);
	const proxy = { port: 0, internalFaults: 0 };
	let missing = WORKERS;
	await new Promise((resolve, reject) => {
		child.once("close", () => reject(new Error("the daemon has ended")));
		createInterface(child.stdout).on("line", (line) => {
			const { msg, port = proxy.port } = JSON.parse(line);
			proxy.port = port;
			if (msg === "worker ready") missing--;
			if (missing === 0 && port > 0) resolve();
			if (msg !== "internal fault") return;
			proxy.internalFaults++;
			console.error(line);
		});
	});
	return proxy;
}

async function startPeer(t, map) {
	const { installPeerWithPostgres } = await import(
		join(compiled, "e2e", "support", "peer", "install.js")
	);
	const { freePort } = await import(join(compiled, "support", "free-port.js"));
	const port = await freePort();
	const main = join(installPeerWithPostgres(), "lib", "main.js");
	const words = [main, "--verbose", "--port", String(port)];
	const child = start(t, words, map);
	for await (const line of createInterface(child.stdout)) {
		if (!line.startsWith("Listening")) continue;
		child.stdout.resume();
		return { port, internalFaults: 0 };
	}
	throw new Error("gx-it-proxy does not listen");
}

function start(t, words, map) {
	const args = [...words, "--ip", "127.0.0.1", "--sessions", map];
	const child = spawn(process.execPath, args, {
		stdio: ["ignore", "pipe", "inherit"],
	});
	const ended = once(child, "close");
	t.after(async () => {
		child.kill("SIGTERM");
		await ended;
	});
	return child;
}
