import { STOPPED } from "../../../support/container.js";
import type { ToolRow } from "./map.js";

/** The rows of most cases. All lead to the container, by an address of their own: of rows with one, the last is served. */
export function rowsOf(port: number): ToolRow[] {
	let last = 0;
	const row = (key: string, info: object | null = null): ToolRow => ({
		...{ key, token: "t1", host: `127.0.0.${++last}`, port },
		info: info && JSON.stringify(info),
	});
	const named = (name: string) => ({ requires_path_in_header_named: name });
	return [
		row("k1"),
		{ ...row("kdown"), port: STOPPED.port },
		{ ...row("kmanual"), host: "manual" },
		row("kurl", { requires_path_in_url: true }),
		row("khdr", named("X-My-Header")),
		row("kboth", { requires_path_in_url: true, ...named("X-My-Header") }),
		row("khost", named("Host")),
		row("kbad", named("bad header")),
		{ ...row("kother"), type: "another" },
		{ ...row("knull"), token: null },
		{ ...row("knoport"), port: null },
		{ ...row("knohost"), host: null },
	];
}
