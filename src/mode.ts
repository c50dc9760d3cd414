/** Which of Galaxy's two systems is served: gie for Interactive Environments, gxit for Interactive Tools. */
export type Mode = "gie" | "gxit";

/** A mode, and the sign that decided it, in words for the log. */
export interface Decision {
	readonly mode: Mode;
	readonly sign: string;
}

/** The tables of Galaxy's in a SQLite map, and the system that writes each. */
export const TABLES: Readonly<Record<string, Mode>> = {
	gxproxy2: "gie",
	gxproxy: "gie",
	gxitproxy: "gxit",
};
