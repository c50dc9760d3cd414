import type { Check } from "../check.js";
import { accountOfGravity } from "./account-checks.js";
import { address, enabled, prefixes, urls } from "./galaxy-checks.js";
import {
	homeOfService,
	nodeOfGravity,
	refusedSettings,
	relativePaths,
	unknownOptions,
	whatStarts,
} from "./gravity-checks.js";
import { destinations, monitor } from "./job-checks.js";
import { mapFolder, mapPlaces } from "./map-place-checks.js";
import { otherProxies } from "./process-checks.js";
import { loopbackRows } from "./row-checks.js";
import { secrets } from "./secret-checks.js";
import type { Setup } from "./setup.js";
import { stateOfService } from "./state-checks.js";

/** The checks of Galaxy's side: its file, gravity, the jobs, this host. */
export const SETUP_CHECKS: readonly Check<Setup>[] = [
	{ name: "tools enabled", find: enabled },
	{ name: "tools urls", find: urls },
	{ name: "gravity", find: whatStarts },
	{ name: "gravity", find: refusedSettings },
	{ name: "gravity", find: unknownOptions },
	{ name: "gravity", find: relativePaths },
	{ name: "gravity node", find: nodeOfGravity },
	{ name: "gravity home", find: homeOfService },
	{ name: "gravity account", find: accountOfGravity },
	{ name: "gravity service", find: stateOfService },
	{ name: "other proxies", find: otherProxies },
	{ name: "map places", find: mapPlaces },
	{ name: "map folder", find: mapFolder },
	{ name: "tools prefix", find: prefixes },
	{ name: "gravity address", find: address },
	{ name: "job conf", find: destinations },
	{ name: "job monitor", find: monitor },
	{ name: "job mounts", find: secrets },
	{ name: "tool rows", find: loopbackRows },
];
