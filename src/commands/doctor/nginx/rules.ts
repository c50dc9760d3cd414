import { Boundary } from "../../../routing/boundary.js";
import { applying, headerLine, hiddenBy, type ProxyBlock } from "./blocks.js";
import { LOGIN_RULES } from "./login-rules.js";
import type { Fault, Known, Rule } from "./rule.js";

const REFUSED = "WebSockets of Jupyter and Streamlit will be refused";
const HOUR_S = 3600;
const MIB = 1024 * 1024;
/** Below this limit every upload of a data set fails. */
const ENOUGH = 100 * MIB;
/** Since this version nginx speaks HTTP/1.1 to upstreams by default. */
const SPEAKS_HTTP11 = [1, 29, 7];

/** In the order of the report. */
export const RULES: readonly Rule[] = [
	path,
	host,
	upgrade,
	httpVersion,
	readTimeout,
	bodySize,
	buffering(
		"proxy_buffering",
		"answers",
		"progress, logs and server-sent events can come late",
	),
	buffering(
		"proxy_request_buffering",
		"uploads",
		"they wait in nginx's temporary files until they are complete",
	),
	cache,
	intercepted,
	commands,
	scheme,
	...LOGIN_RULES,
];

function path({ path, pass, location }: ProxyBlock): Fault | undefined {
	if (path === "") return undefined;
	const [address = ""] = pass.args;
	const bare = address.replace(
		/^(https?:\/\/(?:unix:[^:]+|\$?[^/$]+)).*/,
		"$1",
	);
	// "location / { proxy_pass http://localhost:4002/; }" is usual, and nginx writes most paths as they were.
	const isSame = location.args.at(-1) === path || /^\$uri/.test(path);
	return {
		verdict: isSame ? "doubtful" : "wrong",
		what: isSame
			? "proxy_pass has a path behind the address, so nginx decodes paths and merges their slashes: some files and kernels of tools are not found"
			: "proxy_pass has a path behind the address, so requests arrive with another path",
		remedy: `proxy_pass ${bare};`,
		at: pass,
	};
}

/** Browsers leave these ports out of Host and Origin. */
const USUAL = new Set([80, 443]);
export const HOST_LINE = "proxy_set_header Host $http_host;";

function host(block: ProxyBlock, { url }: Known): Fault | undefined {
	const line = headerLine(block, "host");
	const value = line?.args[1];
	if (value === "$http_host" || value === "$http_x_forwarded_host")
		return undefined;
	const fault = { verdict: "wrong", remedy: HOST_LINE, at: line } as const;
	if (value === undefined)
		return {
			...fault,
			what: `Host is not passed on: tools by host name are not found, and ${REFUSED}${hiddenBy(block, "host")}`,
		};
	if (/^\$host:\$\w+$/.test(value))
		return url?.port === ""
			? {
					...fault,
					what: `Host gets a port (${value}) that Galaxy's address has not: ${REFUSED}`,
				}
			: undefined;
	if (value !== "$host")
		return {
			...fault,
			what: `Host becomes ${value}: tools by host name are not found, and ${REFUSED}`,
		};
	const port = unusualPort(block, url);
	if (port === "") return undefined;
	return { ...fault, what: `$host cuts the port ${port} off Host: ${REFUSED}` };
}

/** The port in users' addresses, which $host lacks; "" if they have none. */
export function unusualPort(
	{ ports }: ProxyBlock,
	url: URL | undefined,
): string {
	return url?.port ?? String(ports.find((each) => !USUAL.has(each)) ?? "");
}

function upgrade(block: ProxyBlock): Fault | undefined {
	const lines = ["upgrade", "connection"].map((name) =>
		headerLine(block, name),
	);
	const [to, connection] = lines.map((line) => line?.args[1] ?? "");
	const passes =
		to === "$http_upgrade" &&
		!/^(?:close|keep-alive)?$/i.test(connection ?? "");
	if (passes) return undefined;
	return {
		verdict: "wrong",
		what: `WebSockets are not passed on: no Upgrade and Connection${hiddenBy(block, "upgrade")}`,
		remedy:
			'proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";',
		at: lines.find((line) => line !== undefined),
	};
}

function httpVersion(block: ProxyBlock, { version }: Known): Fault | undefined {
	const [line] = applying(block, "proxy_http_version");
	const value = line?.args[0] ?? (speaksHttp11(version) ? "1.1" : "1.0");
	if (value !== "1.0") return undefined;
	return {
		verdict: "wrong",
		what: "nginx speaks HTTP/1.0 to the proxy: each request needs a new connection, and programs may refuse its WebSockets, which this proxy opens all the same",
		remedy: "proxy_http_version 1.1;",
		at: line,
	};
}

function speaksHttp11(version: string | undefined): boolean {
	if (version === undefined) return false;
	const numbers = version.split(".").map(Number);
	for (const [at, least] of SPEAKS_HTTP11.entries()) {
		const difference = (numbers[at] ?? 0) - least;
		if (difference !== 0) return difference > 0;
	}
	return true;
}

function readTimeout(block: ProxyBlock): Fault | undefined {
	const [line] = applying(block, "proxy_read_timeout");
	const seconds = secondsOf(line?.args[0] ?? "60s");
	if (seconds >= HOUR_S) return undefined;
	return {
		verdict: "wrong",
		what: `an idle Shiny or desktop is cut after ${seconds} s, and its state is lost${line === undefined ? " (nginx's default)" : ""}`,
		remedy: "proxy_read_timeout 1d;",
		at: line,
	};
}

function bodySize(block: ProxyBlock): Fault | undefined {
	const [line] = applying(block, "client_max_body_size");
	const bytes = bytesOf(line?.args[0] ?? "1m");
	if (bytes === 0 || bytes >= 1024 * MIB) return undefined;
	const size =
		bytes >= MIB ? `${Math.round(bytes / MIB)} MiB` : `${bytes} bytes`;
	return {
		verdict: bytes < ENOUGH ? "wrong" : "doubtful",
		what: `uploads above ${size} are refused (413)${line === undefined ? ", which is nginx's default" : ""}`,
		remedy: "client_max_body_size 0;",
		at: line,
	};
}

function buffering(name: string, whose: string, harm: string): Rule {
	return (block) => {
		const [line] = applying(block, name);
		if (line?.args[0] === "off") return undefined;
		return {
			verdict: "doubtful",
			what: `nginx buffers ${whose}: ${harm}`,
			remedy: `${name} off;`,
			at: line,
		};
	};
}

function cache(block: ProxyBlock): Fault | undefined {
	const [line] = applying(block, "proxy_cache");
	if (line === undefined || line.args[0] === "off") return undefined;
	return {
		verdict: "wrong",
		what: "nginx caches answers of tools: users may get each other's",
		remedy: "proxy_cache off;",
		at: line,
	};
}

function intercepted(block: ProxyBlock): Fault | undefined {
	const [line] = applying(block, "proxy_intercept_errors");
	if (line?.args[0] !== "on") return undefined;
	// With several daemons `front nginx` prints a page for 421 alone: another daemon's answer.
	const pages = applying(block, "error_page");
	const codes = pages.flatMap(({ args }) => args.slice(0, -1));
	if (codes.length > 0 && codes.every((code) => code === "421"))
		return undefined;
	return {
		verdict: "doubtful",
		what: "nginx replaces errors of the proxy and of tools by its own pages",
		remedy: "proxy_intercept_errors off;",
		at: line,
	};
}

const ACCEL = "X-Accel-Redirect";

function commands(block: ProxyBlock, { config }: Known): Fault | undefined {
	const ignored = applying(block, "proxy_ignore_headers").flatMap(
		({ args }) => args,
	);
	if (ignored.some((name) => name.toLowerCase() === ACCEL.toLowerCase()))
		return undefined;
	const isDropped = new Boundary(config).isCommand(ACCEL.toLowerCase());
	return {
		verdict: isDropped ? "doubtful" : "wrong",
		what: isDropped
			? `nginx obeys ${ACCEL}. This proxy drops it from answers of tools, but gx-it-proxy does not: behind it, users read files of the web server`
			: `nginx obeys ${ACCEL} of tools, which --keep-field lets pass: users can read files of the web server`,
		remedy: `proxy_ignore_headers ${ACCEL} X-Accel-Expires X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset;`,
	};
}

function scheme(block: ProxyBlock, { url, config }: Known): Fault | undefined {
	if (url?.protocol !== "https:" || config.publicScheme !== undefined)
		return undefined;
	if (headerLine(block, "x-forwarded-proto") !== undefined) return undefined;
	return {
		verdict: "doubtful",
		what: `no X-Forwarded-Proto: RStudio and Gradio take http for the scheme, and send users to wrong addresses${hiddenBy(block, "x-forwarded-proto")}`,
		remedy: "proxy_set_header X-Forwarded-Proto $scheme;",
	};
}

const SECONDS: Readonly<Record<string, number>> = {
	ms: 0.001,
	s: 1,
	m: 60,
	h: HOUR_S,
	d: 86_400,
	w: 604_800,
	M: 2_592_000,
	y: 31_536_000,
};

/** nginx's times: "60", "1h 30m", "500ms". */
export function secondsOf(text: string): number {
	const parts = [...text.matchAll(/(\d+)(ms|[smhdwMy])?/g)];
	return parts.reduce(
		(sum, [, number, unit = "s"]) =>
			sum + Number(number) * (SECONDS[unit] ?? 1),
		0,
	);
}

/** nginx's sizes: "1m", "8k", "0". */
export function bytesOf(text: string): number {
	const [, number, unit = ""] = /^(\d+)([kmg])?$/i.exec(text) ?? [];
	const power = ["", "k", "m", "g"].indexOf(unit.toLowerCase());
	return Number(number ?? Number.POSITIVE_INFINITY) * 1024 ** power;
}
