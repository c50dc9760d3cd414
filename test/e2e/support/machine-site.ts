import { execFileSync } from "node:child_process";
import type { TestContext } from "node:test";
import { freePort } from "../../support/free-port.js";
import { type Postgres, startPostgres } from "../../support/postgres.js";
import {
	type DatabaseMap,
	startDatabaseMap,
} from "../../support/postgres-map.js";
import {
	type Load,
	startLoad,
	startLoadContainer,
} from "../../support/steady-load.js";
import { pathOf } from "../../support/tools.js";
import { printedFront, runNginx } from "./fronts.js";
import { type Machine, startMachine } from "./machines.js";
import { addRoute, makeOtherHost, type OtherHost } from "./network.js";
import { type Place, placeFor } from "./place.js";

/** Requests a second. E2E_MACHINES_RATE=600 is the figure of docs/several-machines.md. */
export const RATE = Number(process.env.E2E_MACHINES_RATE ?? 300);
/** The tools under load. Some of them belong to either daemon. */
export const KEYS: readonly string[] = [..."abcdefgh"].map(
	(key) => `key${key}`,
);
/** Of the balancer's machine, as in docs/several-machines.md. */
const KERNEL = [
	"net.ipv4.tcp_retries2=5",
	"net.ipv4.tcp_keepalive_time=5",
	"net.ipv4.tcp_keepalive_intvl=2",
	"net.ipv4.tcp_keepalive_probes=3",
];

/** Two machines on one database; a third one is for the balancer; the database and the tools' container are here. */
export interface Site {
	readonly place: Place;
	readonly both: readonly [Machine, Machine];
	/** The balancer's machine. */
	readonly third: OtherHost;
	readonly database: Postgres;
	readonly galaxy: DatabaseMap;
	readonly container: { host: string; port: number };
}

export async function startSite(t: TestContext, name: string): Promise<Site> {
	const place = placeFor(t, name);
	const [one, two] = [makeOtherHost(place), makeOtherHost(place)];
	for (const host of [one, two]) addRoute(host);
	const third = makeOtherHost(place);
	const [command = "", ...words] = [...third.within, "sysctl", "-qw"];
	execFileSync(command, [...words, ...KERNEL]);
	const database = await startPostgres(t, { address: one.here });
	const galaxy = startDatabaseMap(t, database.url());
	const container = await startLoadContainer(t, one.here);
	for (const key of KEYS)
		await galaxy.put(key, "t", container.host, container.port);
	const both = [
		await startMachine(place, "one", one, third, database),
		await startMachine(place, "two", two, third, database),
	] as const;
	return { place, both, third, database, galaxy, container };
}

/** What users of a tool get through the balancer. */
export async function get(
	{ third }: Site,
	port: number,
	key: string,
): Promise<string> {
	const url = `http://${third.address}:${port}${pathOf(key, "t")}/?n=7`;
	const answer = await fetch(url, { headers: { accept: "text/html" } });
	return `${answer.status} ${await answer.text()}`;
}

/** GETs and POSTs for all tools, on new and kept connections, and four WebSockets. */
export function startSiteLoad(
	t: TestContext,
	{ third }: Site,
	{ port, firstNumber }: { port: number; firstNumber: number },
): Promise<Load> {
	const paths = KEYS.map((key) => `${pathOf(key, "t")}/load`);
	return startLoad(t, {
		...{ port, address: third.address },
		...{ rate: RATE, paths, tunnels: 4, firstNumber },
	});
}

/** The numbers of POSTs that have reached the container. */
export async function postsAt(site: Site): Promise<number[]> {
	const { host, port } = site.container;
	const answer = await fetch(`http://${host}:${port}/posts`);
	return (await answer.json()) as number[];
}

/** The nginx that `front nginx` prints for the machines; only its port is another. Resolves with that. */
export async function startNginxFor({
	place,
	both,
	third,
}: Site): Promise<number> {
	const port = await freePort();
	const servers = both.flatMap(({ host, port, admin }) => [
		"--server",
		`${host}:${port},${admin}`,
	]);
	const printed = printedFront("nginx", "--mode", "gxit", ...servers);
	const text = printed
		.replaceAll("    listen [::]:80;\n", "")
		.replaceAll("listen 80;", `listen ${third.address}:${port};`);
	return runNginx(place, port, text, third);
}
