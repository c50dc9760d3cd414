import type { Check } from "./check.js";
import { doubtful, type Found, good, wrong } from "./finding.js";
import { type Front, placeOf } from "./front.js";
import type { Answer, Question } from "./http-client.js";
import { arrivedIn, type Probe } from "./probe.js";
import { UNWELL, WISH, type Wish } from "./test-container.js";

/** The test session, as reached through the front proxy. */
export interface FrontProbe {
	readonly front: Front;
	/** The same way, for requests without a session. */
	readonly stranger: Front;
	readonly probe: Probe;
}

/** The other checks through the front need this one to be good. */
export const COOKIE_CHECK: Check<FrontProbe> = {
	name: "front cookie",
	find: cookiePasses,
};

/** Does a request pass unchanged? */
export const REQUEST_CHECKS: readonly Check<FrontProbe>[] = [
	{ name: "front path", find: pathPasses },
	{ name: "front query", find: queryPasses },
	{ name: "front errors", find: errorsPass },
	{ name: "front cache", find: nothingIsCached },
];

export const HOST_CHECK: Check<FrontProbe> = {
	name: "front host",
	find: hostPasses,
};

/** Asks the front as the test session. @param path below the prefix */
export function ask(
	{ front, probe }: FrontProbe,
	wish: Wish,
	path: string,
	question: Question = {},
): Promise<Answer> {
	const headers = { ...probe.headers(wish), ...question.headers };
	return front.client.ask(front.prefix + path, { ...question, headers });
}

/** A request, and either its form in the test container or the answer of another program. */
type Outcome = Awaited<ReturnType<typeof send>>;

export async function send(subject: FrontProbe, path: string) {
	const answer = await ask(subject, "echo", path);
	const expected = subject.front.received + path;
	return { expected, answer, arrived: arrivedIn(answer, subject.probe) };
}

async function cookiePasses(subject: FrontProbe): Promise<Found> {
	const { arrived, answer } = await send(subject, "/doctor/plain");
	if (arrived !== undefined)
		return good`the session cookie comes through the front`;
	if (answer.fault === "noSession")
		return wrong`the session cookie does not come through the front: the proxy receives the request without it
			-> The front must pass the Cookie header on: look for proxy_set_header Cookie, proxy_pass_request_headers off, RequestHeader unset Cookie, and for caches.`;
	return wrong`a request with the session cookie is answered ${answer.status} before the container
		-> Look at the finding about the prefix, and at the front's error log.`;
}

/** First a plain path, then one with characters that must stay encoded; for tools also one with an empty segment. */
async function* pathPasses(subject: FrontProbe): AsyncIterable<Found> {
	for (const [where, place] of subject.front.places) {
		let outcome = await send(subject, `${place}/plain`);
		if (outcome.arrived?.target === outcome.expected)
			outcome = await send(subject, `${place}/a%2Fb%20c%5Bd%5D`);
		if (outcome.arrived?.target !== outcome.expected)
			yield wrong`${where}the path ${outcome.expected} ${changeOf(outcome)}
				-> The front must pass the path on unchanged. nginx: proxy_pass without a path after the port, no rewrite. Apache: AllowEncodedSlashes NoDecode, and nocanon at the end of the ProxyPass.`;
		else if (await keepsSlashes(subject, place))
			yield good`${where}paths arrive as sent`;
		else
			yield doubtful`${where}two slashes in a path arrive as one, or not at all
				-> Few tools need them, for example tools with an address in their path. nginx: proxy_pass without a path after the port; Apache: MergeSlashes Off. Traefik always does it.`;
	}
}

async function keepsSlashes(subject: FrontProbe, place: string) {
	if (subject.front.of !== "tools") return true;
	const { arrived, expected } = await send(subject, `${place}/a//b`);
	return arrived?.target === expected;
}

function changeOf({ answer, arrived }: Outcome): string {
	if (arrived !== undefined) return `arrives as ${arrived.target}`;
	return answer.fault === "malformed"
		? "is refused by the proxy, since the front has decoded it into an invalid one"
		: `is answered ${answer.status} before the container`;
}

async function* queryPasses(subject: FrontProbe): AsyncIterable<Found> {
	const query = "?session_id=doctor&next=%2Ftree%3Fa%3D1";
	for (const [where, place] of subject.front.places) {
		const outcome = await send(subject, `${place}/plain${query}`);
		const { answer, arrived } = outcome;
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
	const { arrived } = await send(subject, "/doctor/plain");
	if (arrived === undefined) return;
	const { host, protocol } = subject.front.url;
	const isHost = arrived.host === host || arrived.forwardedHost === host;
	const proto = arrived.forwardedProto;
	const isScheme = protocol !== "https:" || proto === "https";
	const where = placeOf(subject.front);
	if (!isHost)
		yield doubtful`${where}Host arrives as ${arrived.host}, where browsers ask for ${host}: applications that compare it with Origin refuse WebSockets
			-> nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost On.`;
	if (!isScheme)
		yield doubtful`${where}X-Forwarded-Proto arrives ${proto === "" ? "not at all" : `as ${proto}`}: applications may put http links on an https page
			-> nginx: proxy_set_header X-Forwarded-Proto $scheme; Apache: RequestHeader set X-Forwarded-Proto https. A front on another host must be in --trust-proxy.`;
	if (isHost && isScheme) yield good`${where}Host and scheme arrive`;
}

/** Do errors arrive unchanged, the proxy's own and a container's? */
async function errorsPass(subject: FrontProbe): Promise<Found> {
	const { front, stranger, probe } = subject;
	const own = await stranger.client.ask(`${stranger.prefix}/doctor`);
	const ownStatus = front.of === "tools" ? 404 : 403;
	if (!own.isOurs) return replaced(front, `the proxy's ${ownStatus}`, own);
	const theirs = await ask(subject, "unwell", "/doctor");
	return theirs.status === UNWELL && theirs.text.includes(probe.mark)
		? good`${placeOf(front)}errors arrive unchanged`
		: replaced(front, `a container's ${UNWELL}`, theirs);
}

function replaced(front: Front, error: string, { status }: Answer): Found {
	const outcome = error.endsWith(` ${status}`)
		? "arrives with another text"
		: `arrives as ${status}`;
	return wrong`${placeOf(front)}${error} ${outcome}, though requests reach the proxy: the front replaces errors with its own answer
		-> In the location of the ${front.of}, nginx: proxy_intercept_errors off; Apache: ProxyErrorOverride Off. Programs take any 2xx for a container that is ready, and users do not see the reason.`;
}

/** Does a second request of the same address get the answer of the first one? */
async function nothingIsCached(subject: FrontProbe): Promise<Found> {
	const { front, probe } = subject;
	const [first, second] = ["first", "second"].map((each) => `${WISH}-${each}`);
	const fieldsOf = async (name = "") => {
		const headers = { [name]: "1" };
		const answer = await ask(subject, "echo", "/doctor/cached", { headers });
		return arrivedIn(answer, probe)?.fields ?? [];
	};
	await fieldsOf(first);
	const isFirsts = (await fieldsOf(second)).includes(`${first}`.toLowerCase());
	if (!isFirsts)
		return good`${placeOf(front)}no cache answers in place of the container`;
	return wrong`${placeOf(front)}the front answers from a cache: users get pages that were made for others
		-> In the location of the ${front.of}, nginx: proxy_cache off; Apache: CacheDisable on.`;
}
