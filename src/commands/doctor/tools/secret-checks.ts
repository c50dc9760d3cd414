import { basename, dirname, resolve } from "node:path";
import { variableName } from "../../../config/config.js";
import { isDatabaseUrl } from "../../../database.js";
import { type Account, isAllowed, READ } from "../account.js";
import { SECRET_FLAGS } from "../daemon-process.js";
import { doubtful, type Found, good, unchecked, wrong } from "../finding.js";
import { launchOf } from "./launch.js";
import { galaxysMap } from "./map-place-checks.js";
import { type Mount, mountAround, mountsOf, safeFolder } from "./mounts.js";
import { serviceOf } from "./service.js";
import { type Setup, textOf } from "./setup.js";

/** A file that tools must not read. */
interface Secret {
	readonly file: string;
	readonly what: string;
	/** What a tool can do with it. */
	readonly loss: string;
	/** How to move it to a place that containers do not see. */
	readonly cure: (folder: string) => string;
}

/** Can the containers of tools read the map, or another secret of Galaxy's or ours? */
export async function* secrets(setup: Setup): AsyncIterable<Found> {
	const mounts = mountsOf(setup);
	if (mounts.length === 0) return;
	const { account } = await launchOf(setup);
	const safe = safeFolder(mounts);
	let count = 0;
	for (const { file, what, loss, cure } of await secretsOf(setup)) {
		const mount = mountAround(file, mounts);
		if (mount === undefined || !(await isReadable(file, mount, account)))
			continue;
		count++;
		const problem = mount.isGuess ? doubtful : wrong;
		yield problem`${what}, ${file}, is below ${mount.folder}, which containers mount by ${mount.by}: ${loss}
			-> ${cure(safe)}`;
	}
	if (count > 0) return;
	if (!setup.isRootKnown)
		yield unchecked`whether containers see the map, Galaxy's file or files with secrets: Galaxy's root folder, which most mount, is not known
			-> Set galaxy_root in the section gravity of ${setup.gravityFile}, or run doctor in that folder.`;
	else
		yield good`the map, Galaxy's file and the files with secrets are outside of the folders that containers mount`;
}

/** Containers run as Galaxy's user, so they can read that user's files whatever the mode permits others. */
async function isReadable(
	file: string,
	{ isRoot }: Mount,
	account: Account | undefined,
): Promise<boolean> {
	if (isRoot || account === undefined) return true;
	// A map that does not exist yet will belong to Galaxy's user.
	return isAllowed(account, file, READ).catch(() => true);
}

async function secretsOf(setup: Setup): Promise<Secret[]> {
	const { galaxy, gravityFile, text } = setup;
	const service = serviceOf(setup);
	const ofGravity = service.isEnabled ? [service.map] : [];
	const maps = new Set([galaxysMap(setup).at, ...ofGravity]);
	const found: Secret[] = [...maps]
		.filter((map) => !isDatabaseUrl(map))
		.map((map) => mapSecret(map, setup));
	for (const file of new Set([galaxy.file, gravityFile])) {
		// By default Galaxy looks for its other files next to this one.
		const stays =
			file === galaxy.file && text("config_dir") === undefined
				? ` Add config_dir: ${dirname(file)} to its section galaxy, because Galaxy's other files stay there.`
				: "";
		found.push({
			file,
			what: file === galaxy.file ? "Galaxy's file" : "gravity's file",
			loss: "any tool can read Galaxy's passwords and keys in it, such as database_connection and id_secret",
			cure: () =>
				`Move it, for example to /etc/galaxy/${basename(file)}.${stays} Start Galaxy with galaxyctl --config-file or GALAXY_CONFIG_FILE. Or keep passwords and keys out of it, in GALAXY_CONFIG_OVERRIDE_* of the services' environment.`,
		});
	}
	for (const [file, setting] of await ownFiles(setup))
		found.push({
			file,
			what: `the secret of ${setting}`,
			loss: "any tool can read it",
			cure: (folder) =>
				`Move it to ${folder}, readable for the proxy's user alone (chmod 600), and change ${setting}.`,
		});
	return found;
}

function mapSecret(map: string, { galaxy, gravityFile }: Setup): Secret {
	return {
		file: map,
		what: "the map",
		loss: "any tool can read the tokens of all users' tools, and open them",
		cure: (folder) =>
			`Make ${folder}, which only Galaxy's user may enter (install -d -m 700 -o GALAXYUSER ${folder}), then set interactivetools_map: ${folder}/interactivetools_map.sqlite in the section galaxy of ${galaxy.file} and gx_it_proxy.sessions in ${gravityFile} to the same, and restart both while no tool runs. A map in PostgreSQL has no file.`,
	};
}

/** Files with secrets by the settings that name them: doctor's own, gravity's for the proxy, and the running proxy's. */
async function ownFiles(setup: Setup): Promise<Map<string, string>> {
	const { host, secretFiles, root, gravityFile } = setup;
	const found = new Map<string, string>();
	for (const [name, file] of secretFiles) found.set(file, name);
	const { environment } = serviceOf(setup);
	const names = [...SECRET_FLAGS.map(variableName), "PGPASSFILE"];
	for (const name of names) {
		const file = textOf(environment[name]);
		if (file)
			found.set(
				resolve(root, file),
				`${name} in gx_it_proxy.environment of ${gravityFile}`,
			);
	}
	const daemon = await host.daemon();
	for (const [name, file] of daemon?.secretFiles ?? [])
		if (!found.has(file)) found.set(file, `${name} of the running proxy`);
	return found;
}
