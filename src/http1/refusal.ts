/** Why a message is refused. The table of faults has an entry for each. */
export type RefusalCode =
	| "malformed"
	| "method"
	| "version"
	| "longLine"
	| "largeHead"
	| "transferCoding"
	| "badAnswer";

/** Thrown by the parsers for a message that is refused; caught by the connection that reads the message. */
export class Refusal extends Error {
	readonly code: RefusalCode;
	/** The rule that the message breaks, for the log. Never contains bytes of the message. */
	readonly rule: string;

	constructor(code: RefusalCode, rule: string) {
		super(rule);
		this.code = code;
		this.rule = rule;
	}
}
