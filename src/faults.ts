/** What this proxy answers when it does not carry a request, and what the operator can do about it. */
export interface Fault {
	readonly status: number;
	/** The body of the answer, in full. */
	readonly text: string;
	/** For docs/troubleshoot.md: what the operator can do. */
	readonly remedy: string;
	/** Whether the client's connection ends with the answer: its next byte cannot be told from this request's. */
	readonly close: boolean;
	/** Seconds after which asking again makes sense. */
	readonly retryAfter?: number;
}

const MISSING = "Proxy target missing";
const SENDER =
	"Nothing on the server: the client or a proxy in front of it sends what no strict reader takes. The log names the rule.";

export const FAULTS = {
	malformed: {
		status: 400,
		text: "The request is malformed or ambiguous and was not passed on.\n",
		remedy: SENDER,
		close: true,
	},
	doubleSlash: {
		status: 400,
		text: "The address begins with two slashes, as if a host followed. Open the environment from Galaxy; if that does not help, tell its administrator.\n",
		remedy:
			"A front proxy puts a slash before the path: a proxy_pass that ends in a slash. Take it out there, or name the path by --proxy-prefix: below it, as below any gie_proxy, slashes count as one.",
		close: true,
	},
	severalSessions: {
		status: 400,
		text: "This browser sends session cookies of two environments. Delete this site's cookies and log in to Galaxy again; tell its administrator, since a page may have planted one of them.\n",
		remedy:
			"Two cookies of the session's name belong to different rows. A page of another user's tool or environment may have set one for Galaxy's host, so that the browser shows that user's environment: find out which was opened last. Tools on a domain of their own cannot do it.",
		close: false,
	},
	noSession: {
		status: 403,
		text: "No interactive environment belongs to this browser session. Log in to Galaxy and start the environment again.\n",
		remedy:
			"Is the galaxysession cookie sent to this path (cookie_path in Galaxy, same host name)? Does the session map that Galaxy writes equal --sessions?",
		close: false,
	},
	foreignOrigin: {
		status: 403,
		text: "This origin may not open connections here.\n",
		remedy:
			"The front proxy must send X-Forwarded-Host, or Host as it was asked for. A page on another host may be another user's, and its WebSocket an attack; one that is meant to connect goes into --cors.",
		close: true,
	},
	outsidePrefix: {
		status: 404,
		text: "There is nothing at this address. Open the environment from Galaxy.\n",
		remedy:
			"--proxy-prefix must be cookie_path and dynamic_proxy_prefix as in Galaxy's configuration.",
		close: false,
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
			"A slow or broken client; raise --head-timeout or --body-timeout if it is an honest one.",
		close: true,
	},
	longLine: {
		status: 414,
		text: "The request line is longer than 16 KiB.\n",
		remedy: SENDER,
		close: true,
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
		close: false,
	},
	badAnswer: {
		status: 502,
		text: MISSING,
		remedy:
			"What listens at the container's port does not speak HTTP/1: is the right port published?",
		close: false,
	},
	ownListener: {
		status: 502,
		text: MISSING,
		remedy:
			"The session's row points at this proxy itself: look at docker_hostname and at the row.",
		close: false,
	},
	targetNotAllowed: {
		status: 502,
		text: MISSING,
		remedy:
			"The session's row leads outside --allow-target, or to a place where no container may be (docs/security.md): the log line names the target; find out who wrote the row, or add its address to --allow-target.",
		close: false,
	},
	ended: {
		status: 502,
		text: "This environment has ended. Start a new one from Galaxy.\n",
		remedy:
			"Docker gave the container's port to another one: a row that was written later leads there. galaxy-proxy routes shows whose; galaxy-proxy routes prune --ended removes such rows. Where several Docker hosts share this map: --same-address any.",
		close: false,
	},
	contested: {
		status: 502,
		text: "This environment's address may be another one's by now. Start a new one from Galaxy.\n",
		remedy:
			"Rows of a JSON map lead to one address, and this daemon did not see which was written last: all were there at the start, or came at once. galaxy-proxy routes shows them; take the dead ones out with galaxy-proxy routes remove -.",
		close: false,
	},
	notReady: {
		status: 503,
		text: "The environment is starting. Try again in a moment.\n",
		remedy:
			"Galaxy has not written host and port yet; if it stays so, look at Galaxy's log for this launch.",
		close: false,
		retryAfter: 2,
	},
	mapUnreadable: {
		status: 503,
		text: "The session map cannot be read now. Try again in a moment.\n",
		remedy:
			"The log says what is wrong with the file of --sessions; Galaxy creates it with the first launch.",
		close: false,
		retryAfter: 1,
	},
	clientLimit: {
		status: 503,
		text: "Too many connections. Try again in a moment.\n",
		remedy:
			"Raise --max-clients and the open file limit (LimitNOFILE, ulimit -n). One session gets half of the places at most, one address without a session a quarter: the log line says which.",
		close: true,
		retryAfter: 1,
	},
	slowConnect: {
		status: 504,
		text: "The environment cannot be reached: connecting to it takes too long.\n",
		remedy:
			"Is the container's host up, its port open in the firewall, the name server answering? --connect-timeout bounds the wait.",
		close: false,
	},
	slowAnswer: {
		status: 504,
		text: "The environment did not answer in time.\n",
		remedy:
			"--response-timeout bounds the wait; the container is busy or stuck.",
		close: false,
	},
	loop: {
		status: 508,
		text: "This request comes from this proxy itself.\n",
		remedy:
			"The session's row leads to the front proxy, which passes the request here again: the log line names the session; find out who wrote the row.",
		close: true,
	},
	version: {
		status: 505,
		text: "Only HTTP/1.0 and HTTP/1.1 are served here.\n",
		remedy: SENDER,
		close: true,
	},
} as const satisfies Record<string, Fault>;

export type FaultCode = keyof typeof FAULTS;

/** A fault's name in plain words, for the log: "no session". */
export function wordsOf(code: FaultCode): string {
	return code.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
