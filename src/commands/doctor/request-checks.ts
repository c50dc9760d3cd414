import type { Check } from "./check.js";
import { doubtful, type Found, good, wrong } from "./finding.js";
import { type Front, PLACES } from "./front.js";
import type { Answer } from "./http-client.js";
import { arrivedIn, type Probe } from "./probe.js";
import { type Arrived, UNWELL } from "./test-container.js";

/** The test session behind the front proxy. */
export interface FrontProbe {
	readonly front: Front;
	readonly probe: Probe;
}

/** The other checks through the front need this one to be good. */
export const COOKIE_CHECKS: readonly Check<FrontProbe>[] = [
	{ name: "front cookie", find: cookiePasses },
];

/** Does a request pass unchanged? */
export const REQUEST_CHECKS: readonly Check<FrontProbe>[] = [
	{ name: "front path", find: pathPasses },
	{ name: "front query", find: queryPasses },
	{ name: "front host", find: hostPasses },
	{ name: "front errors", find: errorsPass },
];

/** A request, and what arrived in the test container or who else answered. */
interface Outcome {
	readonly sent: string;
	readonly where: string;
	readonly answer: Answer;
	readonly arrived: Arrived | undefined;
}

async function send(
	{ front, probe }: FrontProbe,
	[where, place]: (typeof PLACES)[number],
	rest: string,
): Promise<Outcome> {
	const sent = `${front.prefix}${place}${rest}`;
	const question = { headers: probe.headers("echo") };
	const answer = await front.client.ask(sent, question);
	return { sent, where, answer, arrived: arrivedIn(answer, probe) };
}

async function cookiePasses(subject: FrontProbe): Promise<Found> {
	const { arrived, answer } = await send(subject, PLACES[0], "/plain");
	if (arrived !== undefined)
		return good`the session cookie comes through the front`;
	if (answer.fault === "noSession")
		return wrong`the session cookie does not come through the front: the proxy receives the request without it
			-> The front must pass the Cookie header on: look for proxy_set_header Cookie, proxy_pass_request_headers off, RequestHeader unset Cookie, and for caches.`;
	return wrong`a request with the session cookie is answered ${answer.status} before the container
		-> Look at the finding about the prefix, and at the front's error log.`;
}

/** First a plain path, then one with characters that must stay encoded. */
async function* pathPasses(subject: FrontProbe): AsyncIterable<Found> {
	for (const place of PLACES) {
		let outcome = await send(subject, place, "/plain");
		if (outcome.arrived?.target === outcome.sent)
			outcome = await send(subject, place, "/a%2Fb%20c%5Bd%5D");
		yield outcome.arrived?.target === outcome.sent
			? good`${place[0]}paths arrive as sent`
			: changedPath(outcome);
	}
}

function changedPath({ sent, where, answer, arrived }: Outcome): Found {
	const result =
		arrived !== undefined
			? `arrives as ${arrived.target}`
			: answer.fault === "malformed"
				? "is refused by the proxy, since the front has decoded it into an invalid one"
				: `is answered ${answer.status} before the container`;
	return wrong`${where}the path ${sent} ${result}
		-> The front must pass the path on unchanged. nginx: proxy_pass without a path after the port, no rewrite. Apache: AllowEncodedSlashes NoDecode, and nocanon at the end of the ProxyPass.`;
}

async function* queryPasses(subject: FrontProbe): AsyncIterable<Found> {
	const query = "?session_id=doctor&next=%2Ftree%3Fa%3D1";
	for (const place of PLACES) {
		const outcome = await send(subject, place, `/plain${query}`);
		const { where, answer, arrived } = outcome;
		const [, received] = /(\?.*)/.exec(arrived?.target ?? "") ?? [];
		const problem =
			arrived === undefined
				? `a request with a query string is answered ${answer.status} before the container`
				: `the query string ${received === undefined ? "is lost" : "arrives changed"}`;
		if (received === query) yield good`${where}the query string arrives`;
		else
			yield wrong`${where}${problem}
				-> In nginx a proxy_pass with variables needs $is_args$args at its end; one without a path passes the query on. Look for rewrites, too.`;
	}
}

/** Do Host and scheme arrive as in the browser? Applications build links with them, and check WebSockets. */
async function* hostPasses(subject: FrontProbe): AsyncIterable<Found> {
	const { arrived } = await send(subject, PLACES[0], "/plain");
	if (arrived === undefined) return;
	const { host, protocol } = subject.front.url;
	const isHost = arrived.host === host || arrived.forwardedHost === host;
	const proto = arrived.forwardedProto;
	const isScheme = protocol !== "https:" || proto === "https";
	if (!isHost)
		yield doubtful`Host arrives as ${arrived.host}, where browsers ask for ${host}: applications that compare it with Origin refuse WebSockets
			-> nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost On.`;
	if (!isScheme)
		yield doubtful`X-Forwarded-Proto arrives ${proto === "" ? "not at all" : `as ${proto}`}: applications may put http links on an https page
			-> nginx: proxy_set_header X-Forwarded-Proto $scheme; Apache: RequestHeader set X-Forwarded-Proto https. A front on another host must be in --trust-proxy.`;
	if (isHost && isScheme) yield good`Host and scheme arrive`;
}

/** Do errors arrive unchanged, the proxy's own and a container's? */
async function errorsPass({ front, probe }: FrontProbe): Promise<Found> {
	const path = `${front.prefix}/doctor`;
	const own = await front.client.ask(path);
	if (!own.isOurs) return replaced("the proxy's 403", own);
	const headers = probe.headers("unwell");
	const theirs = await front.client.ask(path, { headers });
	return theirs.status === UNWELL && theirs.text.includes(probe.container.mark)
		? good`errors arrive unchanged`
		: replaced(`a container's ${UNWELL}`, theirs);
}

function replaced(error: string, { status }: Answer): Found {
	return wrong`${error} arrives as ${status}, though requests reach the proxy: the front replaces errors by an answer of its own
		-> In the environments' location, nginx: proxy_intercept_errors off; Apache: ProxyErrorOverride Off. Galaxy takes any 2xx for an environment that is ready, and users do not see what is wrong.`;
}
