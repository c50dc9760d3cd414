import { randomBytes } from "node:crypto";
import { startContainer } from "./container.mjs";

/** The path below which tools are reached by path, as in Galaxy's default configuration. */
export const PREFIX = "/interactivetool/ep";

const FOUND = {
	path: "It was found by the key and the token in the path. The tool itself does not see that path, because galaxy-proxy removes it.",
	domain:
		"It was found by the key and the token in the host name, so that each tool has an origin of its own.",
};

/**
 * Starts and stops Interactive Tools, each with a container and a row in the map.
 * @param map the map of tools
 * @param proxyPort where galaxy-proxy serves them
 */
export function toolLauncher(map, proxyPort) {
	const running = new Map();

	/** The session's tools, the newest first. */
	function of(session) {
		const all = [...running.values()].reverse();
		return all.filter((tool) => tool.session === session);
	}

	/** @param by "path" or "domain": how browsers reach it */
	async function start(session, by) {
		const container = await startContainer("/", {
			what: "tool",
			found: FOUND[by],
		});
		const [key, token] = [id(), id()];
		map.write(key, token, container);
		running.set(key, { key, token, by, session, container });
	}

	/** As Galaxy does: first the row, then the container. */
	async function stop(session, key) {
		const tool = running.get(key);
		if (tool?.session !== session) return;
		running.delete(key);
		map.remove(key);
		await tool.container.stop();
	}

	/** For a browser that uses this name of the host. */
	function addressOf({ key, token, by }, hostname) {
		return by === "path"
			? `http://${hostname}:${proxyPort}${PREFIX}/${key}/${token}/`
			: `http://${key}-${token}.ep.interactivetool.localhost:${proxyPort}/`;
	}

	async function stopAll() {
		const all = [...running.values()];
		await Promise.all(all.map(({ session, key }) => stop(session, key)));
	}
	return { of, start, stop, addressOf, stopAll };
}

/** Like Galaxy's, of digits and small letters. */
function id() {
	return BigInt(`0x${randomBytes(8).toString("hex")}`).toString(36);
}
