/** Reason phrases (RFC 9110 15). node:http has them too, but loading it takes a quarter of the start time. */
export const REASONS = {
	307: "Temporary Redirect",
	400: "Bad Request",
	403: "Forbidden",
	404: "Not Found",
	405: "Method Not Allowed",
	408: "Request Timeout",
	414: "URI Too Long",
	421: "Misdirected Request",
	431: "Request Header Fields Too Large",
	501: "Not Implemented",
	502: "Bad Gateway",
	503: "Service Unavailable",
	504: "Gateway Timeout",
	505: "HTTP Version Not Supported",
	508: "Loop Detected",
};

/** An answer of our own to a request that is not carried, and what the operator can do about it. */
export interface Fault {
	readonly status: keyof typeof REASONS;
	/** The body of the answer. */
	readonly text: string;
	/** For docs/troubleshoot.md: what the operator can do. */
	readonly remedy: string;
	/** The answer closes the client's connection: the next byte may still belong to this request. */
	readonly close?: true;
	/** Seconds after which a retry makes sense. */
	readonly retryAfter?: number;
	/** What differs if the request is for an interactive tool. */
	readonly ofTool?: { readonly text?: string; readonly retryAfter?: number };
}

const MISSING = "Proxy target missing";
const SENDER =
	"Nothing on the server: the client or a front proxy sends a request that a strict parser refuses. The log names the rule.";

const TABLE = {
	malformed: {
		status: 400,
		text: "The request is malformed or ambiguous and was not passed on.\n",
		remedy: SENDER,
		close: true,
	},
	severalSessions: {
		status: 400,
		text: "This browser sends session cookies of two environments. Delete this site's cookies and log in to Galaxy again; tell its administrator, since a page may have planted one of them.\n",
		remedy:
			"Two session cookies belong to different rows. A page of another user's tool or environment may have set one for Galaxy's host, so that the browser shows that user's environment: find out which was opened last. Tools on a separate domain cannot do it.",
	},
	noSession: {
		status: 403,
		text: "No interactive environment belongs to this browser session. Log in to Galaxy and start the environment again.\n",
		remedy:
			"Is the galaxysession cookie sent to this path (cookie_path in Galaxy, same host name)? Is --sessions the session map that Galaxy writes?",
	},
	notLoggedIn: {
		status: 403,
		text: "This browser has no session with Galaxy, which must say whose tool this is. Log in to Galaxy and open the tool again.\n",
		remedy:
			"--check-owner: the request has no session cookie. Tools by path must have Galaxy's own host name; --session-cookie names the cookie if it is not galaxysession. Programs need a user's cookie too.",
	},
	notYours: {
		status: 403,
		text: "This interactive tool belongs to another user. Only the user who started it may open it.\n",
		remedy:
			"--check-owner: Galaxy says that this browser's user did not start the tool. That includes administrators, since Galaxy does not count them as owners, and users who are logged in as somebody else or not at all.",
	},
	foreignOrigin: {
		status: 403,
		text: "This origin may not open connections here.\n",
		remedy:
			"The front proxy must send X-Forwarded-Host, or Host unchanged. A page on another host may be another user's, and its WebSocket an attack; add its origin to --cors if it may connect.",
		close: true,
	},
	notSigned: {
		status: 403,
		text: "The inner end of a double proxy has refused this request of the outer one:",
		remedy:
			"Both ends need the same --forward-secret-file, and clocks that differ by less than 60 s. The answer and the log line name the reason.",
	},
	noTool: {
		status: 404,
		text: "There is no interactive tool at this address: it has ended, or the address is incomplete. Open it from Galaxy.\n",
		remedy:
			"The map has no row with this key and token: the tool has ended, or --sessions is not interactivetools_map of Galaxy. A path counts only below --proxyPathPrefix, a host name only if it reaches this proxy unchanged. The answer is the same whether key or token is wrong.",
	},
	noPathPrefix: {
		status: 404,
		text: "This is the path of an interactive tool, but this proxy has no --proxyPathPrefix and serves tools by host name only. Tell this site's administrator.\n",
		remedy:
			"Start the proxy with --proxyPathPrefix, in Galaxy's default configuration /interactivetool/ep: interactivetools_base_path, interactivetools_prefix and ep, joined by slashes.",
	},
	elsewhere: {
		status: 404,
		text: "This interactive tool is not served by this proxy but by the ingress of its Kubernetes cluster. Open it from Galaxy.\n",
		remedy:
			"Galaxy's Kubernetes runner writes the host manual and creates an ingress for the tool: *.interactivetool.HOST, or the tool's path, must lead to the ingress controller.",
	},
	toolStopped: {
		status: 404,
		text: "Galaxy says that this interactive tool was stopped or has failed. Start it again from Galaxy.\n",
		remedy:
			"--check-owner: the map has a row, but for Galaxy the entry point is not active. Rows stay if Galaxy was restarted while the tool ran; its container may still run: docker ps on its host. Remove the row with galaxy-proxy routes remove.",
	},
	notForwarded: {
		status: 404,
		text: "This is the inner end of a double proxy. It serves requests of the outer one alone, which names each container in X-Interactive-Tool-Host and X-Interactive-Tool-Port.\n",
		remedy:
			"Without --sessions this proxy obeys an outer one with --forwardIP and --forwardPort. Browsers and front proxies must ask the outer one. A request with several of these fields, or with an address that cannot be read, is answered like one without them.",
	},
	outsidePrefix: {
		status: 404,
		text: "There is nothing at this address. Open the environment from Galaxy.\n",
		remedy:
			"--proxy-prefix must be cookie_path and dynamic_proxy_prefix as in Galaxy's configuration, and the front proxy must not remove it. Without the flag no path is refused.",
	},
	method: {
		status: 405,
		text: "CONNECT and TRACE are not served here.\n",
		remedy: SENDER,
		close: true,
	},
	slowClient: {
		status: 408,
		text: "The request did not arrive in time. Send it again.\n",
		remedy:
			"A slow or broken client. If it is legitimate, raise --head-timeout or --body-timeout.",
		close: true,
	},
	longLine: {
		status: 414,
		text: "The request line is longer than 16 KiB.\n",
		remedy: SENDER,
		close: true,
	},
	askAnother: {
		status: 421,
		text: "This daemon cannot read the session map now. Ask another one.\n",
		remedy:
			"nginx in front of several daemons sends X-If-Map-Unreadable: 421, so it asks another daemon when it gets this answer, and no user sees it. If all GETs of one daemon have it, that daemon is cut off from the map, and its log says why.",
	},
	largeHead: {
		status: 431,
		text: "The request head is larger than 64 KiB or has more than 200 lines. Delete this site's cookies and try again.\n",
		remedy: "Too many cookies on this host name: delete them in the browser.",
		close: true,
	},
	transferCoding: {
		status: 501,
		text: "The only transfer coding known here is chunked.\n",
		remedy: SENDER,
		close: true,
	},
	targetMissing: {
		status: 502,
		text: MISSING,
		remedy:
			"The container is stopped, still starting, or its host name does not resolve: docker ps on its host; the log line names the target and the reason.",
		ofTool: { retryAfter: 2 },
	},
	badAnswer: {
		status: 502,
		text: MISSING,
		remedy:
			"The program at the container's port does not speak HTTP/1: is the right port published?",
	},
	ownListener: {
		status: 502,
		text: MISSING,
		remedy:
			"The session's row points to this proxy itself: check docker_hostname and the row.",
	},
	targetNotAllowed: {
		status: 502,
		text: MISSING,
		remedy:
			"The session's row leads outside --allow-target, or to an address that containers may not have (docs/security.md). The log line names the target: find out who wrote the row, or add its address to --allow-target.",
	},
	ended: {
		status: 502,
		text: "This environment has ended. Start a new one from Galaxy.\n",
		remedy:
			"Docker gave the container's port to another container, whose row was written later. galaxy-proxy routes shows both; galaxy-proxy routes prune --ended removes such rows. If several Docker hosts share this map: --same-address any.",
		ofTool: {
			text: "This interactive tool has ended. Start a new one from Galaxy.\n",
		},
	},
	contested: {
		status: 502,
		text: "This environment's address may belong to another one by now. Start a new one from Galaxy.\n",
		remedy:
			"Several rows lead to one address, and nothing shows which was written last: in a JSON map all existed at the start or appeared together, in PostgreSQL one transaction wrote them. Or the container of another tool with this address is still connected. galaxy-proxy routes shows them; remove the dead ones with galaxy-proxy routes remove.",
		ofTool: {
			text: "This interactive tool's address may belong to another one by now. Start a new one from Galaxy.\n",
		},
	},
	notReady: {
		status: 503,
		text: "The environment is starting. Try again in a moment.\n",
		remedy:
			"Galaxy has not written host and port yet. If it stays like this, look at Galaxy's log for this launch.",
		retryAfter: 2,
	},
	toolNotReady: {
		status: 503,
		text: "The interactive tool is starting. Try again in a moment.\n",
		remedy:
			"Its row has no usable host and port yet, or asks for its path in a field that cannot be sent, which the log says. If it stays like this, look at Galaxy's log for this job.",
		retryAfter: 2,
	},
	notActive: {
		status: 503,
		text: "Galaxy says that this interactive tool is not active yet. Try again in a moment.\n",
		remedy:
			"--check-owner: Galaxy has written the row, but the entry point is not active yet. After a minute the answer is toolStopped.",
		retryAfter: 1,
	},
	ownerUnknown: {
		status: 503,
		text: "Galaxy has not said yet whose tool this is. Try again in a moment.\n",
		remedy:
			"--check-owner: Galaxy cannot be asked, and the log says why: --galaxy-url must lead from this machine to Galaxy. Users who were let in during the last ten minutes still are; --owner-check-failure changes that. Of many unknown session cookies from one address, one a second is asked about.",
		retryAfter: 1,
	},
	mapUnreadable: {
		status: 503,
		text: "The session map cannot be read now. Try again in a moment.\n",
		remedy:
			"The log says why the session map of --sessions cannot be read. Galaxy creates it with the first launch.",
		retryAfter: 1,
	},
	clientLimit: {
		status: 503,
		text: "Too many connections. Try again in a moment.\n",
		remedy:
			"Raise --max-clients and the open file limit (LimitNOFILE, ulimit -n). One session gets at most half of the places, one address without a session a quarter: the log line says which limit applied.",
		close: true,
		retryAfter: 1,
	},
	slowConnect: {
		status: 504,
		text: "The environment cannot be reached: connecting to it takes too long.\n",
		remedy:
			"Is the container's host up? Is its port open in the firewall? Does the name server answer? --connect-timeout limits the wait.",
		ofTool: {
			text: "The interactive tool cannot be reached: connecting to it takes too long.\n",
		},
	},
	slowAnswer: {
		status: 504,
		text: "The environment did not answer in time.\n",
		remedy:
			"The container is busy or hangs. --response-timeout limits the wait.",
		ofTool: { text: "The interactive tool did not answer in time.\n" },
	},
	loop: {
		status: 508,
		text: "This request comes from this proxy itself.\n",
		remedy:
			"The session's row leads to the front proxy, which sends the request here again. The log line names the session: find out who wrote the row.",
		close: true,
	},
	version: {
		status: 505,
		text: "Only HTTP/1.0 and HTTP/1.1 are served here.\n",
		remedy: SENDER,
		close: true,
	},
} as const satisfies Record<string, Fault>;

export type FaultCode = keyof typeof TABLE;

export const FAULTS: Readonly<Record<FaultCode, Fault>> = TABLE;

/** The fault as a request for an interactive tool, or for an environment, gets it. */
export function faultFor(code: FaultCode, isTool: boolean): Fault {
	const fault = FAULTS[code];
	return isTool ? { ...fault, ...fault.ofTool } : fault;
}

/** A fault's code in words, for the log: "no session". */
export function wordsOf(code: FaultCode): string {
	return code.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
