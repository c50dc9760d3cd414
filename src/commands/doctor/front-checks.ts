import { FAULTS } from "../../faults.js";
import {
	type Answer,
	announce,
	ask,
	askedIn,
	faultOf,
	type Question,
	type Server,
} from "./asking.js";
import {
	codeOf,
	doubtful,
	type Found,
	good,
	messageOf,
	unchecked,
	wrong,
} from "./finding.js";

/** The front proxy, as browsers see it. */
export interface Front extends Server {
	/** Galaxy's address. */
	readonly url: URL;
	/** Below what the environments are: "/galaxy/gie_proxy". */
	readonly prefix: string;
	readonly signal: AbortSignal;
}

/**
 * Places below the prefix that fronts treat differently, and how findings name them: the configuration in Galaxy's
 * documentation has a location of its own for Jupyter's kernels.
 */
export const PLACES = [
	["", "/doctor"],
	["below .../api/kernels ", "/jupyter/ipython/api/kernels/doctor"],
] as const;

/** Is it there, and would a browser trust it? */
export async function frontFound(front: Front): Promise<Found> {
	const { url, origin, signal } = front;
	const question = { path: url.pathname, signal };
	try {
		const answer = await ask({ origin, strict: true }, question);
		return frontAnswer(front, answer);
	} catch (error) {
		return frontSilence(front, error);
	}
}

function frontAnswer({ url }: Front, { status, headers }: Answer): Found {
	const { location } = headers;
	const next =
		location !== undefined && URL.canParse(location, url.href)
			? new URL(location, url.href)
			: url;
	if (next.origin !== url.origin)
		return wrong(
			`${url.href} sends browsers to ${next.origin}`,
			`Give doctor the address that users end up at: --url ${next.origin}${url.pathname}`,
		);
	if (status >= 500)
		return doubtful(
			`${url.href} answers ${status}: the front proxy is there, Galaxy behind it is not well`,
			"Look at Galaxy's log; the environments' way is checked below all the same.",
		);
	if (status === 404)
		return doubtful(
			`${url.href} answers 404: is Galaxy there?`,
			"Give doctor the address at which users find Galaxy.",
		);
	return good(`${url.href} answers (${status})`);
}

function frontSilence({ url }: Front, error: unknown): Found {
	const what = `${url.origin} cannot be asked: ${messageOf(error)}`;
	const code = codeOf(error);
	if (/ENOTFOUND|EAI_AGAIN/.test(code))
		return wrong(
			what,
			`The name ${url.hostname} does not resolve from this host.`,
		);
	if (/CERT|SIGNATURE|SIGNED|ISSUER|ERR_TLS/.test(code))
		return doubtful(
			what,
			"Browsers would warn of this certificate, or this host does not know its issuer (NODE_EXTRA_CA_CERTS). The other checks go on without it.",
		);
	if (/EPROTO|WRONG_VERSION|ERR_SSL|HPE_/.test(code))
		return wrong(
			what,
			"The port does not speak this scheme: http where https was asked for, or the other way round.",
		);
	return wrong(
		what,
		"Is the front proxy running, does it listen on this port, and does a firewall let this host in?",
	);
}

/** Does what stands below the prefix reach our proxy? Told by the answer that only it gives where no session is. */
export async function prefixFound(front: Front): Promise<Found> {
	const { prefix, signal } = front;
	const answer = await ask(front, { path: `${prefix}/doctor`, signal });
	const fault = faultOf(answer);
	if (fault === "outsidePrefix")
		return wrong(
			`requests below ${prefix} reach the proxy, but as others than its --proxy-prefix`,
			`The front must pass the path on as it is: in nginx a proxy_pass without a path (or with the whole of ${prefix}), in Apache the same path on both sides. ${FAULTS.outsidePrefix.remedy}`,
		);
	if (fault === "doubleSlash")
		return wrong(
			`requests below ${prefix} reach the proxy with a second slash in front of the path`,
			FAULTS.doubleSlash.remedy,
		);
	if (fault !== null || askedIn(answer) !== undefined)
		return good(`requests below ${prefix} reach the proxy`);
	return notOurs(front, answer);
}

function notOurs({ prefix }: Front, { status, headers }: Answer): Found {
	const by = headers.server === undefined ? "" : `, by ${headers.server}`;
	const what = `requests below ${prefix} do not reach the proxy: answered ${status}${by}`;
	if (status === 502 || status === 503 || status === 504)
		return wrong(
			what,
			"The front passes them on to where nobody answers: its port and host must be the proxy's --port and --ip (SELinux: setsebool -P httpd_can_network_connect 1).",
		);
	if (status >= 300 && status < 400)
		return wrong(
			`${what}, with Location ${headers.location ?? "missing"}`,
			`The front, or Galaxy, redirects them: a location for ${prefix} is missing, or another rule comes first.`,
		);
	if (status === 401 || status === 403)
		return wrong(
			what,
			`The front asks for a login, or denies ${prefix}: it must let these requests through to the proxy. ${REPLACED}`,
		);
	return wrong(
		what,
		`The front has no location for ${prefix}, or its prefix is not Galaxy's cookie_path and dynamic_proxy_prefix: compare both, then reload the front. galaxy-proxy front nginx (or apache) prints one. ${REPLACED}`,
	);
}

const REPLACED =
	"Or it puts a page of its own in the place of the proxy's 403 (proxy_intercept_errors, ProxyErrorOverride): --probe tells.";

/** In which version of HTTP does the front ask? */
export async function versionFound(front: Front): Promise<Found[]> {
	const { prefix, signal } = front;
	const found: Found[] = [];
	for (const [where, place] of PLACES) {
		const answer = await ask(front, { path: prefix + place, signal });
		const version = askedIn(answer);
		if (version === undefined) continue;
		found.push(
			version === "HTTP/1.1"
				? good(`${where}the front asks in ${version}`)
				: (where === "" ? doubtful : wrong)(
						`${where}the front asks in ${version}: a new connection for each request, and no WebSockets`,
						"nginx: proxy_http_version 1.1; in Apache, take away force-proxy-request-1.0.",
					),
		);
	}
	if (found.length > 0) return found;
	return [
		unchecked(
			"the answer does not tell in which version the front asks",
			"The front, or a proxy that is older than this doctor, leaves Proxy-Status out.",
		),
	];
}

const KIB = 1024;
const MIB = KIB * KIB;
/** Bodies that are announced, the largest first; what a notebook's upload may be. */
const SIZES = [1024 * MIB, 100 * MIB, 10 * MIB, MIB, 64 * KIB];
/** Below it every upload of a data set fails. */
const ENOUGH = 100 * MIB;
/** Milliseconds without a refusal, after which the front is taken to wait for the body. */
const ANNOUNCED_MS = 1500;

/** Is the size of a request body limited? */
export async function bodyFound(front: Front): Promise<Found> {
	const path = `${front.prefix}/doctor`;
	const question = { path, signal: front.signal, patienceMs: ANNOUNCED_MS };
	let refused = 0;
	for (const size of SIZES) {
		if (!(await isRefused(front, question, size)))
			return limitBetween(size, refused);
		refused = size;
	}
	return limitBetween(0, refused);
}

async function isRefused(
	front: Front,
	question: Question,
	size: number,
): Promise<boolean> {
	try {
		const answer = await announce(front, question, size);
		if (answer === null || faultOf(answer) !== null) return false;
		return answer.status === 413 || answer.status === 400;
	} catch (error) {
		if (/ECONNRESET|EPIPE/.test(codeOf(error))) return true;
		throw error;
	}
}

function limitBetween(passed: number, refused: number): Found {
	if (refused === 0)
		return good(`a request body of ${sizeOf(passed)} is let through`);
	const what =
		passed === 0
			? `the front refuses request bodies of ${sizeOf(refused)} (413)`
			: `the front refuses request bodies of ${sizeOf(refused)} (413); ${sizeOf(passed)} are let through`;
	return (passed < ENOUGH ? wrong : doubtful)(what, RAISE_BODY);
}

export const RAISE_BODY =
	"Uploads and saved notebooks fail beyond it. nginx: client_max_body_size 0; Apache: LimitRequestBody 0, in the location of the environments.";

function sizeOf(bytes: number): string {
	return bytes >= MIB ? `${bytes / MIB} MiB` : `${bytes / KIB} KiB`;
}
