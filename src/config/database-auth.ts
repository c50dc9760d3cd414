import type { Duplex } from "node:stream";
import type { Client } from "pg";
import type { Parameters } from "./database-parameters.js";

/** pg's Connection, of which its types tell nothing. */
interface Wire {
	readonly stream: Duplex;
	on(event: string, listener: (message: Message) => void): void;
	emit(event: "error", error: Error): void;
}

/** Of authenticationSASL: the ways that the server offers. */
interface Message {
	readonly mechanisms?: readonly string[];
}

/**
 * Cuts the connection before a password is sent, if the server asks for it in a way that the parameters forbid. Undefined if
 * they forbid none.
 */
export function restriction(
	parameters: Parameters,
): ((client: Client) => void) | undefined {
	const needsBinding = parameters.get("channel_binding")?.text === "require";
	const list = parameters.get("require_auth")?.text;
	if (!needsBinding && list === undefined) return undefined;
	return (client) => {
		const wire = (client as unknown as { readonly connection: Wire })
			.connection;
		let state: "new" | "asked" | "unproved" | "proved" = "new";
		const refuse = (reason: string) => {
			// At once, since the server's next message may be there already.
			wire.emit("error", new Error(reason));
			wire.stream.destroy();
		};
		const check = (method: string, isBound: boolean) => {
			if (list !== undefined && !isAllowed(method, list))
				refuse(
					`the server authenticates by ${method}, which require_auth=${list} forbids: correct pg_hba.conf on the server, or require_auth`,
				);
			else if (needsBinding && !isBound)
				refuse(
					"the server does not offer channel binding, which channel_binding=require demands: it needs TLS and scram-sha-256; correct the server, or give channel_binding=prefer",
				);
		};
		// They run before the client's own listeners, which connect() adds.
		wire.on("authenticationCleartextPassword", () => {
			state = "asked";
			check("password", false);
		});
		wire.on("authenticationMD5Password", () => {
			state = "asked";
			check("md5", false);
		});
		wire.on("authenticationSASL", ({ mechanisms = [] }) => {
			state = "unproved";
			check("scram-sha-256", mechanisms.includes("SCRAM-SHA-256-PLUS"));
		});
		wire.on("authenticationSASLFinal", () => {
			state = "proved";
		});
		wire.on("authenticationOk", () => {
			if (state === "new") check("none", false);
			else if (state === "unproved")
				refuse(
					"the server did not prove that it knows the password, as scram-sha-256 demands: check that nobody pretends to be the server",
				);
		});
	};
}

function isAllowed(method: string, list: string): boolean {
	const words = list.split(",").map((word) => word.trim());
	const isForbidding = words.some((word) => word.startsWith("!"));
	return isForbidding ? !words.includes(`!${method}`) : words.includes(method);
}
