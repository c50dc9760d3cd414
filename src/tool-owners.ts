import type { FaultCode } from "./faults.js";

/** A request for a tool by path, as the check of its owner sees it. */
export interface ToolUse {
	readonly sessionKey: string;
	/** The block of its fields. Repeated requests have the same object. */
	readonly block: {
		readonly fields: {
			readonly list: readonly {
				readonly name: string;
				readonly value: string;
			}[];
			readonly cookies: string | undefined;
		};
	};
	/** As in Peer of container-request.ts. */
	readonly peer: { readonly address: string; readonly trusted: boolean };
}

/** A user's permission to use one tool. The requests and tunnels that it let in keep it. */
export interface Admission {
	/** Names session cookie, key and token without showing the cookie. */
	readonly id: string;
	readonly sessionKey: string;
	/** The session cookies as sent. Secret: only requests and tunnels that are open keep it. */
	readonly cookie: string;
}

/** Says whether a request may use its tool: --check-owner. */
export interface ToolOwners {
	/** Returns the reason for a refusal if there is one. A promise is returned only if Galaxy is asked; it never rejects. */
	check(
		request: ToolUse,
	): Admission | FaultCode | Promise<Admission | FaultCode>;
	/** The tool's row is gone, so another one with the same key and token has no users yet. */
	forget(sessionKey: string): void;
}
