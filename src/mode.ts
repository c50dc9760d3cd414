/** Which of Galaxy's two systems is served: gie for Interactive Environments, gxit for Interactive Tools. */
export type Mode = "gie" | "gxit";
