import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Tarballs } from "../../e2e/support/tarballs.js";

/** A user of the lab's Galaxy. */
export interface Person {
	readonly id: string;
	readonly email: string;
	readonly apiKey: string;
	/** The value of the session cookie, as after a login. */
	readonly session: string;
}

export type Name = "anna" | "ben";

/** A Galaxy, its proxy, its front proxy and its Docker engine, which run until the lab is taken down. */
export interface Lab {
	/** Everything that the lab writes; every user may enter it. */
	readonly folder: string;
	/** The virtual environment that Galaxy, gravity and the proxy's Node come from. */
	readonly venv: string;
	/** The account of Galaxy and of the proxy, since gravity refuses root. */
	readonly user: string;
	/** The network namespace of the Docker engine, and the cable to it. */
	readonly namespace: string;
	/** The host of the containers' published ports. */
	readonly engineAddress: string;
	readonly hereAddress: string;
	readonly galaxyPort: number;
	readonly proxyPort: number;
	readonly frontPort: number;
	readonly tarballs: Tarballs;
	readonly people: Partial<Record<Name, Person>>;
}

/** The key of Galaxy's configuration that makes users. It belongs to no user. */
export const ADMIN_KEY = "lab-admin-key";

export function labIn(folder: string): Lab {
	return JSON.parse(readFileSync(join(folder, "lab.json"), "utf8"));
}

export function saveLab(lab: Lab): void {
	writeFileSync(join(lab.folder, "lab.json"), JSON.stringify(lab));
}

/** The lab that test/galaxy/run.ts has brought up for this test. */
export function currentLab(): Lab {
	const { GALAXY_LAB: folder } = process.env;
	if (folder === undefined)
		throw new Error("run it by npm run test:galaxy, which brings a Galaxy up");
	return labIn(folder);
}

/** Galaxy's folder: its configuration, its data, and what npm installs there. */
export function rootOf({ folder }: Lab): string {
	return join(folder, "galaxy");
}

export function person({ people }: Lab, name: Name): Person {
	const found = people[name];
	if (found === undefined) throw new Error(`the lab has no user ${name}`);
	return found;
}

/** Variables of this process that the way to a registry may need. */
const TO_REGISTRY =
	/^(https?_proxy|no_proxy|node_extra_ca_certs|npm_config_(registry|nodedir))$/i;

/** The output of a command that Galaxy's user runs in Galaxy's folder. */
export async function asGalaxy(
	lab: Lab,
	command: readonly string[],
	variables: Record<string, string> = {},
): Promise<string> {
	const { folder, user, venv } = lab;
	const config = join(rootOf(lab), "config/galaxy.yml");
	const passed = Object.entries(process.env).filter(([name]) =>
		TO_REGISTRY.test(name),
	);
	const { stdout } = await promisify(execFile)(
		"setpriv",
		[`--reuid=${user}`, `--regid=${user}`, "--init-groups", ...command],
		{
			cwd: rootOf(lab),
			maxBuffer: 64 * 1024 * 1024,
			env: {
				...Object.fromEntries(passed),
				HOME: join(folder, "home"),
				USER: user,
				LANG: "C.UTF-8",
				PATH: `${join(venv, "bin")}:/usr/local/bin:/usr/bin:/bin`,
				GALAXY_CONFIG_FILE: config,
				GRAVITY_CONFIG_FILE: config,
				...variables,
			},
		},
	);
	return stdout;
}
