import {
	cookieName,
	type Kind,
	listenAddress,
	oneOf,
	urlPrefix,
	wholeNumber,
} from "./flag-values.js";

/** Whether cookies that tools set are confined to their path. */
export type CookiePaths = "confine" | "keep";
export type OwnerCheckFailure = "recent" | "allow" | "refuse";
export type PublicScheme = "http" | "https";

/** As Galaxy's proxy for tools is given it, with or without slashes at its ends. */
export const pathPrefix: Kind<string> = {
	allowed: "a path as in a URL, for example /interactivetool/ep",
	read(text) {
		if (text === "") return "";
		const path = urlPrefix.read(text.startsWith("/") ? text : `/${text}`);
		// "/" would take every path as a tool's; browsers remove segments of dots before they send a path.
		return path === "" || path?.split("/").some((part) => /^\.\.?$/.test(part))
			? undefined
			: path;
	},
};

/** setTimeout takes 2^31 - 1 milliseconds at most and fires at once beyond. */
const LONGEST_MS = 2_147_483_647;

export const milliseconds: Kind<number> = {
	allowed: `milliseconds, a whole number from 0 to ${LONGEST_MS} (0 is never)`,
	read(text) {
		const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
		return value <= LONGEST_MS ? value : undefined;
	},
};

export const forwardHost: Kind<string> = {
	allowed: "a host name or an address, for example 10.0.0.5",
	read(text) {
		const host = listenAddress.read(text.replace(/^\[(.*:.*)\]$/, "$1"));
		return host?.startsWith("unix:") ? undefined : host;
	},
};

export const forwardPort: Kind<number> = {
	allowed: "a whole number from 1 to 65535",
	read: (text) => wholeNumber(text, 1, 65535),
};

export const cookieNames: Kind<readonly string[]> = {
	allowed: `names of cookies with commas between them, of ${cookieName.allowed}`,
	read(text) {
		const names = text.split(/[\s,]+/).filter((name) => name !== "");
		const isGood = names.every((name) => cookieName.read(name) !== undefined);
		return isGood && names.length > 0 ? names : undefined;
	},
};

export const cookiePaths = oneOf<CookiePaths>("confine", "keep");

/** https://www.w3.org/TR/referrer-policy/#referrer-policies */
const POLICIES = [
	"no-referrer",
	"no-referrer-when-downgrade",
	"same-origin",
	"origin",
	"strict-origin",
	"origin-when-cross-origin",
	"strict-origin-when-cross-origin",
	"unsafe-url",
];

/** "" for off. */
export const referrerPolicy: Kind<string> = {
	allowed: `off, or one of ${POLICIES.join(", ")}`,
	read(text) {
		if (text === "off") return "";
		return POLICIES.includes(text) ? text : undefined;
	},
};

export const publicScheme = oneOf<PublicScheme>("http", "https");

/** Without a slash at its end. */
export const galaxyUrl: Kind<string> = {
	mayHoldPassword: true,
	allowed:
		"an http or https URL without user, query and fragment, for example https://galaxy.example.org",
	read(text) {
		if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
		const { origin, pathname, username, password } = new URL(text);
		const isBare = `${username}${password}` === "" && !/[?#\s]/.test(text);
		return isBare ? origin + pathname.replace(/\/+$/, "") : undefined;
	},
};

export const ownerCheckFailure = oneOf<OwnerCheckFailure>(
	"recent",
	"allow",
	"refuse",
);

export const domainTools = oneOf<"by-token">("by-token");
