import { type Answer, ask, askedIn, faultOf, type Question } from "./asking.js";
import { doubtful, type Found, good, wrong } from "./finding.js";
import { type Front, PLACES } from "./front.js";
import { arrivedOf, type Probe } from "./probe.js";
import { type Arrived, UNWELL } from "./test-container.js";

/** The way through the front with a session of our own: what left here, and what came to the test container. */
export interface Way {
	readonly front: Front;
	readonly probe: Probe;
}

/** What became of a request: what arrived, or whose answer came in its place. */
interface Outcome {
	readonly sent: string;
	readonly where: string;
	readonly answer: Answer;
	readonly arrived: Arrived | null;
}

async function send(
	{ front, probe }: Way,
	[where, place]: (typeof PLACES)[number],
	rest: string,
): Promise<Outcome> {
	const sent = `${front.prefix}${place}${rest}`;
	const question: Question = {
		path: sent,
		headers: probe.headers("echo"),
		signal: front.signal,
	};
	const answer = await ask(front, question);
	return { sent, where, answer, arrived: arrivedOf(probe, answer) };
}

/** Does the session cookie come through? */
export async function cookieArrives(way: Way): Promise<Found> {
	const { arrived, answer } = await send(way, PLACES[0], "/plain");
	if (arrived !== null)
		return good("the session cookie comes through the front");
	if (faultOf(answer) === "noSession")
		return wrong(
			"the session cookie does not come through the front: the proxy gets the request without it",
			"The front must pass the Cookie header on: look for proxy_set_header Cookie, proxy_pass_request_headers off, RequestHeader unset Cookie, and for caches.",
		);
	return wrong(
		`a request with the session cookie is answered ${answer.status} on the way`,
		"See what is said of the prefix, and the front's error log.",
	);
}

const PASS_PATH =
	"The front must pass the path on as it came. nginx: proxy_pass without a path behind the port, no rewrite. Apache: AllowEncodedSlashes NoDecode, and nocanon behind the ProxyPass.";

/** Do paths arrive as they were sent? First a plain one, then one with what must stay encoded. */
export async function pathArrives(way: Way): Promise<Found[]> {
	const found: Found[] = [];
	for (const place of PLACES) {
		const plain = await send(way, place, "/plain");
		if (plain.arrived === null || plain.arrived.target !== plain.sent) {
			found.push(changedPath(plain));
			continue;
		}
		const encoded = await send(way, place, "/a%2Fb%20c%5Bd%5D");
		if (encoded.arrived?.target === encoded.sent)
			found.push(good(`${place[0]}paths arrive as sent`));
		else found.push(changedPath(encoded));
	}
	return found;
}

function changedPath({ sent, where, answer, arrived }: Outcome): Found {
	if (arrived !== null)
		return wrong(
			`${where}the path ${sent} arrives as ${arrived.target}`,
			PASS_PATH,
		);
	const by =
		faultOf(answer) === "malformed"
			? "refused by the proxy, since the front has decoded it into one that is none"
			: `answered ${answer.status} on the way`;
	return wrong(`${where}the path ${sent} is ${by}`, PASS_PATH);
}

/** Does the query string arrive? */
export async function queryArrives(way: Way): Promise<Found[]> {
	const query = "?session_id=doctor&next=%2Ftree%3Fa%3D1";
	const found: Found[] = [];
	for (const place of PLACES) {
		const { where, answer, arrived } = await send(way, place, `/plain${query}`);
		const got = arrived?.target.includes("?")
			? arrived.target.slice(arrived.target.indexOf("?"))
			: "";
		if (got === query) found.push(good(`${where}the query string arrives`));
		else if (arrived === null)
			found.push(
				wrong(
					`${where}a request with a query string is answered ${answer.status} on the way`,
					PASS_QUERY,
				),
			);
		else
			found.push(
				wrong(
					got === ""
						? `${where}the query string is lost`
						: `${where}the query string arrives changed`,
					PASS_QUERY,
				),
			);
	}
	return found;
}

const PASS_QUERY =
	"In nginx a proxy_pass with variables needs $is_args$args behind it; one without a path passes the query on by itself. Look for rewrites, too.";

/** Do Host and scheme arrive as the browser has them? Applications make their links, and check WebSockets, by them. */
export async function hostArrives(way: Way): Promise<Found[]> {
	const { arrived } = await send(way, PLACES[0], "/plain");
	if (arrived === null) return [];
	const { url } = way.front;
	const found: Found[] = [];
	if (arrived.host !== url.host && arrived.forwardedHost !== url.host)
		found.push(
			doubtful(
				`Host arrives as ${arrived.host}, where browsers ask for ${url.host}: applications that compare it with Origin refuse WebSockets`,
				"nginx: proxy_set_header Host $http_host; Apache: ProxyPreserveHost On.",
			),
		);
	const scheme = url.protocol.slice(0, -1);
	if (scheme === "https" && arrived.forwardedProto !== scheme)
		found.push(
			doubtful(
				`X-Forwarded-Proto arrives ${arrived.forwardedProto === "" ? "not at all" : `as ${arrived.forwardedProto}`}: applications may make http links on an https page`,
				"nginx: proxy_set_header X-Forwarded-Proto $scheme; Apache: RequestHeader set X-Forwarded-Proto https. A front on another host must be in --trust-proxy.",
			),
		);
	return found.length > 0 ? found : [good("Host and scheme arrive")];
}

/** Do errors arrive as they are: the proxy's own, which asks for a session, and a container's? */
export async function errorsArrive({ front, probe }: Way): Promise<Found> {
	const question = { path: `${front.prefix}/doctor`, signal: front.signal };
	const own = await ask(front, question);
	if (faultOf(own) === null && askedIn(own) === undefined)
		return replaced("the proxy's 403", own);
	const headers = probe.headers("unwell");
	const theirs = await ask(front, { ...question, headers });
	const { mark } = probe.container;
	return theirs.status === UNWELL && theirs.text.includes(mark)
		? good("errors arrive as they are")
		: replaced(`a container's ${UNWELL}`, theirs);
}

function replaced(error: string, { status }: Answer): Found {
	return wrong(
		`${error} arrives as ${status}, though requests reach the proxy: the front puts an answer of its own in the place of errors`,
		"In the environments' location, nginx: proxy_intercept_errors off; Apache: ProxyErrorOverride Off. Galaxy takes any 2xx for an environment that is ready, and users are not told what is wrong.",
	);
}
