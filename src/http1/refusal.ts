export type RefusalCode =
	| "malformed"
	| "method"
	| "version"
	| "longLine"
	| "largeHead"
	| "transferCoding"
	| "badAnswer";

/** Thrown by the parsers for a message that must not pass; the connection that reads the message catches it. */
export class Refusal extends Error {
	readonly code: RefusalCode;

	/** @param rule the rule that the message breaks, for the log; never contains bytes of the message */
	constructor(code: RefusalCode, rule: string) {
		super(rule);
		this.code = code;
	}

	get rule(): string {
		return this.message;
	}
}
