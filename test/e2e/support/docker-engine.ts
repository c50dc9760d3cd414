import assert from "node:assert/strict";
import { type ChildProcess, execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { promisify } from "node:util";
import { COMMAND, INNER_PORT, mounts } from "./environment.js";
import { makeOtherHost, noNetwork, type OtherHost } from "./network.js";
import type { Place } from "./place.js";
import { isListening, until } from "./until.js";

const IMAGE = "environment:e2e";

/** A container, or a service of a swarm, by Docker's full id, and the port that was given to it on its host. */
export interface Published {
	readonly id: string;
	readonly port: number;
}

/**
 * A Docker engine on its own host. It publishes ports as on any host, and its containers run this machine's node: their
 * image is empty, since no registry is asked.
 */
export class DockerEngine {
	#program: ChildProcess | undefined;

	readonly #place: Place;
	readonly #name: string;

	private constructor(
		place: Place,
		name: string,
		readonly host: OtherHost,
	) {
		this.#place = place;
		this.#name = name;
	}

	/** Fails where no engine can run, since no other test replaces it. */
	static async start(place: Place, name: string): Promise<DockerEngine> {
		assert.equal(noNetwork(), false, "a Docker engine of the test's own");
		mkdirSync(place.file(`${name}/empty`), { recursive: true });
		const engine = new DockerEngine(place, name, makeOtherHost(place));
		await engine.#start();
		const tar = place.file(`${name}/empty.tar`);
		await promisify(execFile)("tar", [
			...["-C", place.file(`${name}/empty`), "-cf", tar, "."],
		]);
		const expose = `EXPOSE ${INNER_PORT}`;
		await engine.docker("import", "-c", expose, tar, IMAGE);
		return engine;
	}

	/** The command's output, without the final line end. */
	async docker(...words: string[]): Promise<string> {
		const socket = `unix://${this.#file("docker.sock")}`;
		const { stdout } = await promisify(execFile)(
			"docker",
			["-H", socket, ...words],
			{ env: this.#place.environment },
		);
		return stdout.trim();
	}

	/** As the host's restart does: all containers end, and Docker counts its ports from the first one on. */
	async restart(): Promise<void> {
		assert(this.#program);
		const ended = once(this.#program, "exit");
		this.#program.kill("SIGTERM");
		await ended;
		await this.#start();
	}

	/** As Galaxy launches: `docker run -d -P`, and `docker inspect` tells the port. Resolves once the environment listens. */
	async run(user: string): Promise<Published> {
		const id = await this.docker(
			...["run", "-d", "-P", "-e", `USER_EMAIL=${user}`],
			...mounts(),
			IMAGE,
			...COMMAND,
		);
		const form = `{{(index .NetworkSettings.Ports "${INNER_PORT}/tcp" 0).HostPort}}`;
		const port = Number(await this.docker("inspect", "-f", form, id));
		await this.listens(port);
		return { id, port };
	}

	/** As Galaxy's swarm mode launches. The port that the manager gave out is forwarded to the task by forwardToTask. */
	async createService(user: string): Promise<Published> {
		const id = await this.docker(
			...["service", "create", "-d", "--no-resolve-image"],
			...["--publish", String(INNER_PORT), "-e", `USER_EMAIL=${user}`],
			...mounts(),
			IMAGE,
			...COMMAND,
		);
		const form = "{{range .Endpoint.Ports}}{{.PublishedPort}}{{end}}";
		let port = "";
		await until("a published port", async () => {
			port = await this.docker("service", "inspect", "-f", form, id);
			return port !== "";
		});
		return { id, port: Number(port) };
	}

	/**
	 * Does for one service what the routing mesh does where the kernel has IPVS: the published port leads to the service's
	 * task. Resolves, once the environment listens there, with the end of the forwarding.
	 */
	async forwardToTask({ id, port }: Published): Promise<() => Promise<void>> {
		const label = `label=com.docker.swarm.service.id=${id}`;
		let address = "";
		await until("the service's task", async () => {
			const task = await this.docker("ps", "-q", "--no-trunc", "-f", label);
			if (task === "") return false;
			const form = `{{with index .Containers "${task}"}}{{.IPv4Address}}{{end}}`;
			const bridge = ["network", "inspect", "-f", form, "docker_gwbridge"];
			[address = ""] = (await this.docker(...bridge)).split("/");
			return address !== "";
		});
		const rules = [
			["nat", "PREROUTING", "-d", this.host.address, "--dport", String(port)],
			["filter", "DOCKER-USER", "-d", address, "--dport", String(INNER_PORT)],
		] as const;
		const targets = [
			["-j", "DNAT", "--to-destination", `${address}:${INNER_PORT}`],
			["-j", "ACCEPT"],
		];
		const change = async (how: "-I" | "-D") => {
			for (const [at, [table, chain, ...match]] of rules.entries())
				await this.#iptables(
					...["-t", table, how, chain, "-p", "tcp"],
					...match,
					...(targets[at] ?? []),
				);
		};
		await change("-I");
		await this.listens(port);
		return () => change("-D");
	}

	/** The requests to the environment, in order. */
	async askedFor(id: string, kind: "container" | "service"): Promise<string[]> {
		const raw = kind === "service" ? ["--raw"] : [];
		return (await this.docker(kind, "logs", ...raw, id)).split("\n");
	}

	async listens(port: number): Promise<void> {
		await until(`port ${port} of ${this.#name}`, () =>
			isListening(port, this.host.address),
		);
	}

	async #start(): Promise<void> {
		this.#program = await this.#place.startReady(
			this.#name,
			[
				// `ip netns exec` would hide the control groups.
				...["nsenter", `--net=/run/netns/${this.host.name}`, "dockerd"],
				...["--data-root", this.#file("data"), "--exec-root", this.#file("x")],
				...["--pidfile", this.#file("pid"), "--storage-driver", "vfs"],
				...["-H", `unix://${this.#file("docker.sock")}`],
			],
			() =>
				this.docker("version").then(
					() => true,
					() => false,
				),
		);
	}

	async #iptables(...words: string[]): Promise<void> {
		const [command = "", ...within] = this.host.within;
		await promisify(execFile)(command, [...within, "iptables", ...words]);
	}

	#file(name: string): string {
		return this.#place.file(`${this.#name}/${name}`);
	}
}
