import { Socket } from "node:net";
import { type Check, messageOf } from "../check.js";
import { doubtful, type Found, good, wrong } from "../finding.js";
import { placeOf } from "../front.js";
import { NAMES_USERS } from "../nginx/login-rules.js";
import { arrivedIn } from "../probe.js";
import { ask, type FrontProbe } from "../request-checks.js";
import { COMMANDS, WISH } from "../test-container.js";

/** Requests for a test tool, by one of the two ways. */
export const TOOL_REQUEST_CHECKS: readonly Check<FrontProbe>[] = [
	{ name: "front host", find: hostArrives },
	{ name: "front scheme", find: schemeArrives },
	{ name: "front login", find: loginStays },
	{ name: "front commands", find: commandsFail },
];

const NGINX_HOST =
	"nginx: proxy_set_header Host $http_host; (not $host, which has no port). Apache: ProxyPreserveHost On. HAProxy: remove http-request set-header Host.";
const REFUSED =
	"WebSockets of Jupyter and Streamlit will be refused, since they compare Origin with Host";

/** Do Host and Origin arrive alike, with the port, on requests and on WebSockets? */
async function hostArrives(subject: FrontProbe): Promise<Found> {
	const { front } = subject;
	const where = placeOf(front);
	const arrived = arrivedIn(
		await ask(subject, "echo", "/doctor/plain"),
		subject.probe,
	);
	const { host, hostname, origin } = front.url;
	if (arrived !== undefined && arrived.host !== host)
		return arrived.host === hostname
			? wrong`${where}the front cuts the port off Host, which browsers send with ${front.url.port}: ${REFUSED} -> ${NGINX_HOST}`
			: wrong`${where}Host arrives as ${shown(arrived.host, front.url)}, where browsers ask for ${shown(host, front.url)}: ${REFUSED} -> ${NGINX_HOST}`;
	const fields = { ...subject.probe.headers("origin"), Origin: origin };
	const path = `${front.prefix}/doctor/channels`;
	const result = await front.client.upgrade(path, fields).catch(messageOf);
	if (result instanceof Socket) {
		result.destroy();
		return good`${where}Host and Origin arrive with their port`;
	}
	const isRefused = typeof result !== "string" && result.status === 403;
	return isRefused
		? wrong`${where}on WebSockets Host or Origin arrive changed: ${REFUSED} -> ${NGINX_HOST} This applies to the blocks for WebSockets too.`
		: good`${where}Host arrives with its port`;
}

/** A host name without the key and the token in its first label. */
function shown(host: string, { hostname }: URL): string {
	const [label = ""] = hostname.split(".");
	return label.includes("-") ? host.replace(label, "*") : host;
}

/** X-Forwarded-Proto and X-Forwarded-Host, each with one value. */
async function* schemeArrives(subject: FrontProbe): AsyncIterable<Found> {
	const { front, probe } = subject;
	const where = placeOf(front);
	const answer = await ask(subject, "echo", "/doctor/plain");
	const arrived = arrivedIn(answer, probe);
	if (arrived === undefined) return;
	const scheme = front.url.protocol.replace(":", "");
	const { forwardedProto: proto, forwardedHost } = arrived;
	// Without the field, applications assume http.
	const isScheme = proto === scheme || (proto === "" && scheme === "http");
	const isHost = forwardedHost === "" || forwardedHost === front.url.host;
	if (!isScheme)
		yield doubtful`${where}X-Forwarded-Proto arrives ${proto === "" ? "not at all" : `as ${proto}`}, and browsers use ${scheme}: RStudio and Gradio send users to the wrong addresses
			-> nginx: proxy_set_header X-Forwarded-Proto $scheme; Apache: RequestHeader set X-Forwarded-Proto ${scheme}; HAProxy: http-request set-header X-Forwarded-Proto ${scheme}. Or start the proxy with --public-scheme ${scheme}. A front on another host must be in --trust-proxy.`;
	if (!isHost)
		yield doubtful`${where}X-Forwarded-Host arrives as ${shown(forwardedHost, front.url)}, and browsers ask for ${shown(front.url.host, front.url)}: applications build wrong addresses from it
			-> nginx: proxy_set_header X-Forwarded-Host $http_host; or leave the field out.`;
	if (isScheme && isHost)
		yield good`${where}applications learn that browsers use ${scheme}`;
}

/** Cookies of Galaxy and of the logins of front proxies, with a value that opens nothing. */
const COOKIES = [
	"galaxysession",
	"_shibsession_doctor",
	"mod_auth_openidc_session",
	"MOD_AUTH_CAS",
	"_oauth2_proxy",
];

/** Which fields and cookies of the front's login does a tool get? A tool runs its user's code. */
async function* loginStays(subject: FrontProbe): AsyncIterable<Found> {
	const { probe } = subject;
	const where = placeOf(subject.front);
	const Cookie = COOKIES.map((name) => `${name}=doctor`).join("; ");
	const headers = { Cookie };
	const answer = await ask(subject, "echo", "/doctor/plain", { headers });
	const arrived = arrivedIn(answer, probe);
	if (arrived === undefined) {
		yield doubtful`${where}a request with cookies of a login is answered ${answer.status} before the tool
			-> The front's login judges requests for tools. Tools need no login of the front: let the location for tools pass without it.`;
		return;
	}
	const cookies = arrived.cookies.filter((name) => COOKIES.includes(name));
	const sent = [WISH.toLowerCase(), "cookie"];
	const fields = arrived.fields.filter(
		(name) => NAMES_USERS.test(name) && !sent.includes(name),
	);
	if (cookies.length > 0)
		yield wrong`${where}tools get the cookies ${cookies.join(", ")}: whoever starts a tool can act as its visitors
			-> Start the proxy without --forward-session-cookie and --forward-field for them.`;
	if (fields.length > 0)
		yield doubtful`${where}the front adds ${fields.join(", ")} to requests for tools, and tools get ${fields.length > 1 ? "them" : "it"}: their code is written by users
			-> Start the proxy with --withhold ${fields.join(",")}, or do not set ${fields.length > 1 ? "them" : "it"} in the front's blocks for tools.`;
	if (cookies.length === 0 && fields.length === 0)
		yield good`${where}no cookie of a known login and no field with a user's name reaches tools`;
}

/** Does the front obey a tool that tells it to send another resource? */
async function commandsFail(subject: FrontProbe): Promise<Found> {
	const { front, probe } = subject;
	const where = placeOf(front);
	const { status, text } = await ask(subject, "command", "/doctor/plain");
	return status === 200 && text.includes(probe.mark)
		? good`${where}${COMMANDS.join(" and ")} of a tool have no effect`
		: wrong`${where}the front obeys ${COMMANDS.join(" or ")} of a tool (answered ${status}): users can read files of the web server
			-> Remove --keep-field for them. nginx: proxy_ignore_headers X-Accel-Redirect; Apache: XSendFile off in the locations for tools.`;
}
