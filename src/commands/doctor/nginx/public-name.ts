import type { ProxyBlock } from "./blocks.js";
import type { Directive } from "./syntax.js";

/** Galaxy's address as users type it, as nginx's servers suggest it. */
export interface SuggestedAddress {
	readonly url: URL;
	/** The server_name that it is taken from, and where its location is. */
	readonly name: string;
	readonly file: string;
	readonly line: number;
}

/**
 * Takes the host from a server for the names of tools, or else from the server of another block.
 * @param prefix interactivetools_prefix
 */
export function addressIn(
	blocks: readonly ProxyBlock[],
	prefix: string,
): SuggestedAddress | undefined {
	const all = blocks.flatMap((block) =>
		block.serverNames.map((name) => ({ block, name })),
	);
	const wildcard = new RegExp(
		`^\\*?\\.(?:ep\\.)?${prefix.replace(/\W/g, "\\$&")}\\.(.+)$`,
	);
	const hostIn = (name: string) => wildcard.exec(name)?.[1];
	const found =
		all.find(({ name }) => hostIn(name) !== undefined) ??
		all.find(({ name }) => /^[a-z\d][a-z\d.-]*$/i.test(name));
	if (found === undefined) return undefined;
	const { block, name } = found;
	const { scheme, port } = listenerOf(block.levels[1] ?? []);
	const address = `${scheme}://${hostIn(name) ?? name}:${port}`;
	if (!URL.canParse(address)) return undefined;
	const { file, line } = block.location;
	return { url: new URL(address), name, file, line };
}

/** The listener that browsers use, if there are several: one with TLS. */
function listenerOf(server: readonly Directive[]) {
	const all = server
		.filter(({ name }) => name === "listen")
		.map(({ args }) => args);
	const secure = all.find((args) => args.includes("ssl"));
	const [address = "80"] = secure ?? all[0] ?? [];
	const [, digits] = /^(?:.*:)?(\d+)$/.exec(address) ?? [];
	const scheme = secure === undefined ? "http" : "https";
	return { scheme, port: digits ?? "80" };
}
