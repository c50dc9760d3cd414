import type { Check } from "../check.js";
import { address, enabled, prefixes, urls } from "./galaxy-checks.js";
import { homeOfService, nodeOfGravity, whatStarts } from "./gravity-checks.js";
import { destinations, monitor } from "./job-checks.js";
import { mapPlaces } from "./map-place-checks.js";
import { secrets } from "./secret-checks.js";
import type { Setup } from "./setup.js";

/** The checks of Galaxy's side: its file, gravity, the jobs, this host. */
export const SETUP_CHECKS: readonly Check<Setup>[] = [
	{ name: "tools enabled", find: enabled },
	{ name: "tools urls", find: urls },
	{ name: "gravity", find: whatStarts },
	{ name: "gravity node", find: nodeOfGravity },
	{ name: "gravity home", find: homeOfService },
	{ name: "map places", find: mapPlaces },
	{ name: "tools prefix", find: prefixes },
	{ name: "gravity address", find: address },
	{ name: "job conf", find: destinations },
	{ name: "job monitor", find: monitor },
	{ name: "job mounts", find: secrets },
];
