import type { FaultCode } from "../faults.js";

/** Why a connection to a container was lost, where more is known than the system's error. */
export class Loss extends Error {
	constructor(
		message: string,
		readonly code: FaultCode,
		/** As in exchange.ts. */
		readonly termination: string,
	) {
		super(message);
	}
}

export const OWN_LISTENER = new Loss(
	"the target is this proxy itself",
	"ownListener",
	"PC",
);
export const NOT_ALLOWED = new Loss(
	"no container may be there, or the target is outside --allow-target",
	"targetNotAllowed",
	"PC",
);

/** Why a connection to a container did not come about: mostly the container's doing, but descriptors are our own. */
export function connectLoss({ code, message }: NodeJS.ErrnoException): Loss {
	return code === "EMFILE" || code === "ENFILE"
		? new Loss(`${message}: raise the open file limit`, "clientLimit", "PC")
		: new Loss(message, "targetMissing", "SC");
}

/** What a lost connection is answered, and whose doing it was. */
export function lossOf(error: Error): { code: FaultCode; termination: string } {
	if (error instanceof Loss) return error;
	return { code: "targetMissing", termination: "SH" };
}
