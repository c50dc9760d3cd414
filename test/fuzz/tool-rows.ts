/** Galaxy's host name. */
export const GALAXY = "galaxy.example";
/** Where the tools of the fuzzer are reached by path. */
export const PREFIX = "/galaxy/interactivetool/ep";
/** The field in which some rows want their path. */
export const PATH_FIELD = "X-Tool-Base";

/** A row of the map with a token. */
export interface Tool {
	readonly key: string;
	readonly token: string;
	readonly pathInUrl: boolean;
	readonly pathInField: boolean;
	/** Whether a container listens there; "absent": the row has no port. */
	readonly place: "running" | "stopped" | "absent";
}

const row = (
	key: string,
	token: string,
	pathInUrl = false,
	pathInField = false,
	place: Tool["place"] = "running",
): Tool => ({ key, token, pathInUrl, pathInField, place });

/** Some keys begin like others, or are another tool's token. */
export const TOOLS: readonly Tool[] = [
	row("4bx0jq", "2rk7wz0y9hq3m"),
	row("4bx0jq1", "zq81vy4n6txkc", true),
	row("8w3k", "7uj2pm5xg0rwe", false, true),
	row("9n5tq0", "k4dz8yh1wv6sb", true, true),
	row("7uj2pm5xg0rwe", "8w3k5jy0nq2vx"),
	row("6hh2z", "y3xo9tq4wkm1p", false, false, "stopped"),
	row("6hh3z", "w5vq0zk8jty7n", false, false, "absent"),
];

export function pathOf({ key, token }: Tool): string {
	return `${PREFIX}/${key}/${token}`;
}

export function hostOf({ key, token }: Tool): string {
	return `${key}-${token}.ep.interactivetool.${GALAXY}`;
}
