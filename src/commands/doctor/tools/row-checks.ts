import { isLoopbackName } from "../../../config/flag-values.js";
import { sessionLabel } from "../../../log/session-label.js";
import { doubtful, type Found, wrong } from "../finding.js";
import { named } from "../map-checks.js";
import { getsIp, withDocker } from "./job-checks.js";
import { engineOf, readJobConf } from "./job-conf.js";
import type { Setup } from "./setup.js";

/** Rows that lead to this host although containers run on others. */
export async function loopbackRows(setup: Setup): Promise<Found | undefined> {
	const listing = await setup.host.rows().catch(() => undefined);
	const conf = readJobConf(setup);
	if (listing === undefined || conf === undefined || "problem" in conf)
		return undefined;
	const keys = listing.rows.flatMap(({ key, route }) =>
		route.kind === "target" && isLoopbackName(route.target.host)
			? [sessionLabel(key)]
			: [],
	);
	if (keys.length === 0) return undefined;
	const docker = withDocker(conf);
	const remote = docker.filter((each) => engineOf(each) !== undefined);
	const what = `${keys.length} of ${listing.rows.length} rows lead to this host itself (127.0.0.1, or 0.0.0.0 as Docker prints it): ${named(keys)}`;
	const cure = (id: string, address: string) =>
		`Write ${getsIp(conf.place, address)} in ${id} of ${conf.place}, with an address of the engine that this host reaches, and start the tools again.`;
	const [first] = remote;
	if (first !== undefined && remote.length === docker.length)
		return wrong`${what}. But ${first.id} runs containers on the engine at ${engineOf(first)}
			-> ${cure(first.id, engineOf(first) ?? "")}`;
	const [cluster] = docker.filter(({ kind }) => kind === "drm");
	if (cluster !== undefined && docker.every(({ kind }) => kind === "drm"))
		return doubtful`${what}. But ${cluster.id} runs jobs on a cluster
			-> ${cure(cluster.id, "ADDRESS").replace("echo ADDRESS", "hostname -f")}`;
	return undefined;
}
