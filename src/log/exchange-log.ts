import {
	COMPLETED,
	type ExchangeRecord,
	isByContainer,
	type Observer,
} from "../exchange-record.js";
import type { FaultCode } from "../faults.js";
import { FAULTS_A_MINUTE } from "../limits.js";
import { withoutToken } from "../route.js";
import { type Log, rateLimited } from "./log.js";
import { sessionLabel } from "./session-label.js";

/** Logs exchanges: all with --verbose, else the ones that concern the operator. */
export function exchangeLogger(log: Log, verbose: boolean): Observer {
	const limited = rateLimited(log, FAULTS_A_MINUTE);
	return (record) => {
		if (verbose) log.info(fieldsOf(record), "exchange");
		else if (record.termination !== COMPLETED && concernsOperator(record))
			limited.warn(fieldsOf(record), messageOf(record));
	};
}

/**
 * Whether the operator may have to look: the container failed, a message was refused, a row leads back here, or a client
 * found no place. Clients that leave or have no session are normal.
 */
function concernsOperator(record: ExchangeRecord): boolean {
	const { status, termination, fault } = record;
	if (isByContainer(termination)) return true;
	if (termination.by !== "proxy") return false;
	if (termination.phase === "request")
		return status === 400 || (fault !== undefined && REFUSALS.has(fault));
	return termination.phase === "head" || termination.phase === "connect";
}

/** Answers of the proxy to whole requests that show a mistake in the installation. */
const REFUSALS = new Set<FaultCode>(["loop", "clientLimit", "notSigned"]);

function messageOf({ status, termination, fault }: ExchangeRecord): string {
	// Then the status may be the container's own.
	if (isByContainer(termination)) return "container failed";
	if (status === 503)
		return "no place for a client: raise --max-clients and the open file limit";
	if (fault === "notSigned")
		return "refused a request of the outer proxy: give both ends the same --forward-secret-file";
	if (status === 508) return "a row leads back to this proxy";
	return status === 400 ? "refused a message" : "container failed";
}

function fieldsOf(record: ExchangeRecord): object {
	const { sessionKey, method, path, target, status, upgrade } = record;
	return {
		session: sessionKey === "" ? undefined : sessionLabel(sessionKey),
		// A client's own word may be a secret at the wrong place.
		method: /^[A-Z-]*$/.test(method) ? method : "...",
		path: withoutToken(path, sessionKey),
		target,
		status,
		upgrade: upgrade || undefined,
		ms: Math.round(record.endedAt - record.startedAt),
		in: record.bytesFromClient,
		out: record.bytesToClient,
		termination: record.termination.letters,
		cause: record.cause || undefined,
	};
}
