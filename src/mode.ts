/** Which of Galaxy's two systems is served: gie for Interactive Environments, gxit for Interactive Tools. */
export type Mode = "gie" | "gxit";

/** A mode, and the sign that decided it, in words for the log. */
export interface Decision {
	readonly mode: Mode;
	readonly sign: string;
}
