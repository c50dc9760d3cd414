import type { ExchangeRecord, Observer } from "../exchange-record.js";
import { FAULTS_A_MINUTE } from "../limits.js";
import { type Log, rateLimited } from "./log.js";
import { sessionLabel } from "./session-label.js";

/** Writes exchanges to the log: all of them with --verbose, else those that the operator may have to look at. */
export function exchangeLogger(log: Log, verbose: boolean): Observer {
	const faults = rateLimited(log, FAULTS_A_MINUTE);
	return (exchange) => {
		if (verbose) log.info(fieldsOf(exchange), "exchange");
		else if (isFault(exchange))
			faults.warn(fieldsOf(exchange), faultOf(exchange));
	};
}

/**
 * The container's failures, messages that no strict reader takes, rows that lead back here, and clients for whom there was
 * no place. A client that leaves or has no session is daily life.
 */
function isFault({ status, termination, fault }: ExchangeRecord): boolean {
	const who = termination[0];
	if (who === "S" || who === "s") return true;
	if (termination === "PR")
		return status === 400 || fault === "loop" || fault === "clientLimit";
	return termination === "PH" || termination === "PC";
}

function faultOf({ status }: ExchangeRecord): string {
	if (status === 503)
		return "no place for a client: raise --max-clients and the open file limit";
	if (status === 508) return "a row leads back to this proxy";
	return status === 400 ? "refused a message" : "container failed";
}

function fieldsOf(exchange: ExchangeRecord): object {
	const { sessionKey, method, path, target, status, upgrade } = exchange;
	return {
		session: sessionKey === "" ? undefined : sessionLabel(sessionKey),
		method,
		path,
		target,
		status,
		upgrade: upgrade || undefined,
		ms: Math.round(exchange.endedAt - exchange.startedAt),
		in: exchange.bytesFromClient,
		out: exchange.bytesToClient,
		termination: exchange.termination,
		cause: exchange.cause || undefined,
	};
}
