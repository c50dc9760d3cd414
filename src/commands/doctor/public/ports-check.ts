import type { Check } from "../check.js";
import { doubtful, type Found, good, unchecked, wrong } from "../finding.js";
import type { Host } from "../host.js";
import { HttpClient } from "../http-client.js";
import { isLoopbackPort, isOwnAddress } from "../own-addresses.js";
import { addressesOf, isLoopback } from "./public-way.js";

interface Ports {
	readonly host: Host;
	/** Galaxy's address, if it is known. */
	readonly url: URL | undefined;
}

/** Do containers answer at Galaxy's name, past the proxy? */
export const PORTS_CHECK: Check<Ports> = {
	name: "published ports",
	find: publishedPorts,
};

/** The number of ports that are tried. One would be enough, but some containers may have ended. */
const TRIED = 5;
const ANSWER_MS = 2000;

const HARM =
	"anybody reaches containers without a token, and pages there are of the same site as Galaxy";
const BIND =
	'Publish ports on a private address: "ip": "10.0.0.5" or "127.0.0.1" in /etc/docker/daemon.json of the containers\' host (the rows must name the same, see container_monitor_get_ip_method)';
const FIREWALL =
	"or close them in the chain DOCKER-USER; a firewall's INPUT does not apply to Docker's ports.";

async function publishedPorts({ host, url }: Ports): Promise<Found> {
	if (url === undefined)
		return unchecked`whether containers answer at Galaxy's name -> Add --url with Galaxy's address.`;
	const name = url.hostname;
	const [address = ""] = await addressesOf(name);
	const isHere = isOwnAddress(address) || isLoopback(address);
	const listing = await host.rows().catch(() => undefined);
	if (listing === undefined)
		return unchecked`whether containers answer at Galaxy's name: the map cannot be read -> First solve the problem of the map above.`;
	const own = [host.config.port, Number(url.port)];
	const ports = listing.rows.flatMap(({ route }) =>
		route.kind === "target" ? [route.target.port] : [],
	);
	const tried = [...new Set(ports)]
		.filter((port) => !own.includes(port))
		.slice(0, TRIED);
	if (tried.length === 0)
		return unchecked`whether containers answer at Galaxy's name: the map has no row with a container -> Run doctor while a tool is running.`;
	const answers = await Promise.all(
		tried.map((port) => answersAt(port, url, host.signal)),
	);
	const answering = tried.filter((_, at) => answers[at]);
	// Other hosts do not reach a port of this host's loopback.
	const safe = await Promise.all(
		answering.map((port) => isHere && isLoopbackPort(port)),
	);
	const open = answering.filter((_, at) => !safe[at]);
	if (open.length === 0)
		return good`${tried.length === 1 ? "the port of a container does not answer" : `the ports of ${tried.length} containers do not answer`} to others at ${name}`;
	const isOne = open.length === 1;
	const which = `${isOne ? "port" : "ports"} ${open.join(", ")} of containers ${isOne ? "answers" : "answer"} at ${name}`;
	return isHere
		? doubtful`${which}, asked from this host itself: if no firewall stops others, ${HARM}
			-> Try it from another host: curl -sI http://${name}:${open[0]}/. ${BIND}, ${FIREWALL}`
		: wrong`${which}: ${HARM} -> ${BIND}, ${FIREWALL}`;
}

/** Sends no token: the request names only Galaxy's host. */
async function answersAt(
	port: number,
	{ hostname }: URL,
	signal: AbortSignal,
): Promise<boolean> {
	const origin = `http://${hostname}:${port}`;
	const client = new HttpClient({ origin }, signal);
	const question = { method: "HEAD", patienceMs: ANSWER_MS };
	return client.ask("/", question).then(
		() => true,
		() => false,
	);
}
