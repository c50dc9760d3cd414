import type { Kind } from "./flag-values.js";
import { onOff } from "./flag-values.js";
import {
	checked,
	type Given,
	givenText,
	type Origin,
	type Setting,
	type Surroundings,
} from "./setting.js";

/** Defaults of the flags with a value. The help shows them. */
export const DEFAULTS = {
	mode: "auto",
	ip: "localhost",
	port: "8000",
	cookie: "galaxysession",
	proxyPrefix: "",
	trustProxy: "loopback",
	cors: "same-host",
	keepAlive: "auto",
	allowTarget: "any",
	withhold: "",
	forwardField: "",
	keepField: "",
	sameAddress: "newest",
	proxyPathPrefix: "",
	pollingInterval: "1000",
	mapMaxAge: "0",
	cookiePaths: "confine",
	referrerPolicy: "same-origin",
	ownerCheckFailure: "recent",
	connectTimeout: "5",
	headTimeout: "30",
	bodyTimeout: "120",
	// Above Caddy's 120 s, Traefik's 90 s and nginx's 60 s, so that they close an idle connection before we do.
	idleTimeout: "125",
	responseTimeout: "0",
	// Below the 10 s after which supervisord, gravity and many systemd units kill the process.
	drainTimeout: "8",
	drainDelay: "0",
	logLevel: "info",
} as const;

export const BY_DEFAULT: Origin = { source: "default", of: "galaxy-proxy" };

export type Readers = ReturnType<typeof readers>;

/** Functions that read one flag: as given, else from Galaxy's setting, else its default. They note the source in `origins`. */
export function readers(
	given: Given,
	surroundings: Surroundings,
	origins: Map<string, Origin>,
) {
	function value<T>(name: string, kind: Kind<T>, ofGalaxy?: Setting<T>) {
		const found = givenText(name, given, surroundings);
		const setting = found ? checked(kind, found) : ofGalaxy;
		origins.set(name, setting?.origin ?? BY_DEFAULT);
		return setting?.value;
	}
	function valueOr<T>(
		name: keyof typeof DEFAULTS,
		kind: Kind<T>,
		ofGalaxy?: Setting<T>,
	): T {
		const fallback = { text: DEFAULTS[name], origin: BY_DEFAULT };
		return value(name, kind, ofGalaxy) ?? checked(kind, fallback).value;
	}
	function isOn(name: string, ofGalaxy?: Setting<boolean>): boolean {
		return value(name, onOff, ofGalaxy) ?? false;
	}
	return { value, valueOr, isOn };
}
