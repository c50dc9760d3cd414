import { UsageError } from "../../config/config.js";
import { UNIX } from "../../listening/listen.js";
import type { FrontSettings } from "./front-settings.js";
import * as quote from "./quote.js";
import { decoded, filled } from "./template.js";

/** Traefik's own file, and the one with the routes. @throws {UsageError} for a unix socket, to which Traefik cannot connect */
export function traefik(front: FrontSettings): string {
	const { isForTools, toolsPath, toolsDomain, galaxyPath, serverName } = front;
	const proxy = front.servers.map(({ at }) => at).join();
	if (front.galaxyAddress.startsWith(UNIX))
		throw new UsageError(
			`front traefik: Traefik does not send requests to a unix socket, and Galaxy listens at ${front.galaxyAddress}: let gunicorn listen on a port (bind in galaxy.yml) and give it with --galaxy, or use front nginx, apache, haproxy or caddy`,
		);
	if (proxy.startsWith(UNIX))
		throw new UsageError(
			"front traefik: Traefik does not send requests to a unix socket: give the daemon an address with --ip and --port, or use front nginx, apache, haproxy or caddy",
		);
	const host = `Host(${quote.traefikText(serverName)})`;
	const below = (path: string) =>
		path === "/"
			? host
			: `${host} && PathPrefix(${quote.traefikText(decoded(path))})`;
	return filled("traefik.yml", {
		...front,
		proxy,
		isForTools: isForTools ? "yes" : "",
		isForEnvironments: isForTools ? "" : "yes",
		domainRule: JSON.stringify(
			`HostRegexp(${quote.traefikText(`^[^.]+\\.ep${quote.literally(toolsDomain)}$`)})`,
		),
		pathRule: JSON.stringify(
			below(isForTools ? `${toolsPath}/` : front.prefix),
		),
		galaxyRule: JSON.stringify(below(galaxyPath)),
		proxyUrl: JSON.stringify(`http://${proxy}`),
		galaxyUrl: JSON.stringify(`http://${front.galaxyAddress}`),
	});
}
