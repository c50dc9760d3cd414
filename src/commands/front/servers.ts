import { isIPv6, SocketAddress } from "node:net";
import { type Config, UsageError } from "../../config/config.js";
import { hostAndPort, type Kind } from "../../config/flag-values.js";
import { authorityOf } from "../../http1/request-head.js";
import { UNIX } from "../../listening/listen.js";
import { checkedOption } from "../command.js";
import { localAddress, localAuthority } from "../proxy-address.js";
import { haproxyWord } from "./quote.js";

interface Place {
	/** A numeric address if the name is this host's own. */
	readonly host: string;
	readonly port: number;
}

/** A daemon as a front proxy reaches it. */
export interface Server {
	/** host:port, with an IPv6 address in brackets, or "unix:/path". */
	readonly at: string;
	readonly host: string;
	/** Its admin listener; undefined if that is unknown, or a unix socket, which the front proxy's user may not open. */
	readonly admin: Place | undefined;
}

const EXAMPLE = "10.0.0.7:8800,8801";

const server: Kind<{ proxy: Place; admin: Place | undefined }> = {
	allowed: `HOST:PORT,ADMIN_PORT, for example ${EXAMPLE}; with the admin listener on another address HOST:PORT,HOST:PORT; or HOST:PORT alone`,
	read(text) {
		const [first = "", second, ...more] = text.split(",");
		const proxy = placeIn(first);
		if (proxy === undefined || more.length > 0) return undefined;
		if (second === undefined) return { proxy, admin: undefined };
		const isPort = /^\d+$/.test(second);
		const admin = placeIn(
			isPort ? authorityOf({ ...proxy, port: Number(second) }) : second,
		);
		return admin && { proxy, admin };
	},
};

function placeIn(text: string): Place | undefined {
	const { host, port } = hostAndPort(text) ?? { host: "", port: 0 };
	// Nobody listens on port 0.
	return port === 0 ? undefined : { host: localAddress(asNginx(host)), port };
}

/** IPv6 in the spelling of nginx's $upstream_addr, which is that of RFC 5952. */
function asNginx(host: string): string {
	if (!isIPv6(host) || host.includes("%")) return host;
	return new SocketAddress({ address: host, family: "ipv6" }).address;
}

/**
 * The daemons of --server, else the one of --ip, --port and --admin.
 * @throws {UsageError} for a value that is not allowed, and for an address that is given twice
 */
export function serversOf(texts: readonly string[], config: Config): Server[] {
	if (texts.length === 0) return [ownServer(config)];
	const servers = texts.map((text): Server => {
		const { proxy, admin } = checkedOption(server, "--server", text);
		return { at: authorityOf(proxy), host: proxy.host, admin };
	});
	refuseTwice(servers.map(({ at }) => at));
	refuseTwice(
		servers.flatMap(({ admin }) => (admin ? authorityOf(admin) : [])),
	);
	return servers;
}

function ownServer(config: Config): Server {
	const { ip, admin } = config;
	return {
		at: localAuthority(config),
		host: localAddress(ip),
		admin:
			admin?.kind === "tcp" && admin.port > 0
				? { host: localAddress(admin.host), port: admin.port }
				: undefined,
	};
}

function refuseTwice(addresses: readonly string[]): void {
	const twice = addresses.find((at, index) => addresses.indexOf(at) !== index);
	if (twice !== undefined)
		throw new UsageError(
			`--server: ${twice} is given twice; daemons cannot share a port or an admin port`,
		);
}

/** The words of HAProxy's `server` line. @throws {UsageError} without an admin listener */
export function haproxyServer({ at, host, admin }: Server) {
	const isSocket = at.startsWith(UNIX);
	if (admin === undefined)
		throw new UsageError(
			`front haproxy needs a port of the admin listener of the daemon at ${at}, to ask whether the daemon is ready: give --admin, for example --admin 127.0.0.1:8801${isSocket ? "" : `, or --server ${at},ADMIN_PORT`}`,
		);
	// HAProxy reads the last part of an IPv6 address without brackets as a port.
	const addr = admin.host.includes(":") ? `[${admin.host}]` : admin.host;
	const other = admin.host === host ? "" : `addr ${addr} `;
	return {
		at: haproxyWord(isSocket ? at.replace(UNIX, "unix@") : at),
		check: `check ${other}port ${admin.port}`,
	};
}
