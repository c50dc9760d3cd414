import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { partsOf, type Route } from "../../src/route.js";
import { repository } from "./folders.js";

/** Routes that are written to a session map at each change. */
export class WrittenRoutes extends Map<string, Route> {
	readonly #write: () => void;

	constructor(
		map: string,
		isForTools: boolean,
		sessions: readonly (readonly [string, Route])[],
	) {
		super(sessions);
		const program = join(repository, "test", "support", "routes.py");
		this.#write = () => {
			const rows = [...this].map(([key, route]) => rowOf(key, route));
			execFileSync("python3", [program, map, isForTools ? "tools" : ""], {
				input: JSON.stringify(rows),
			});
		};
		this.#write();
	}

	override set(key: string, route: Route): this {
		super.set(key, route);
		// Map's constructor calls it too.
		if (#write in this) this.#write();
		return this;
	}

	override delete(key: string): boolean {
		const wasThere = super.delete(key);
		this.#write();
		return wasThere;
	}

	override clear(): void {
		super.clear();
		this.#write();
	}
}

function rowOf(session: string, route: Route) {
	const { key, token } = partsOf(session);
	if (route.kind === "not-ready")
		return { key, token, host: null, port: null, info: null };
	if (route.kind !== "target")
		throw new Error(`a daemon cannot be told of ${route.kind}`);
	const { tool } = route;
	const info = tool && {
		requires_path_in_url: tool.pathInUrl,
		requires_path_in_header_named: tool.pathHeader ?? null,
	};
	return { key, token, ...route.target, info: info ?? null };
}
