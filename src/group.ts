/**
 * The messages between a supervisor and its workers, as JSON over Node's IPC channel. A message whose word the receiver does
 * not know is ignored.
 */

/** Grows when the messages change. A worker serves a supervisor of this version or of the one before. */
export const PROTOCOL = 2;

/** In a worker's environment: the number of its listening sockets, which are the descriptors from 3 on. */
export const WORKER_VARIABLE = "GALAXY_PROXY_WORKER";

/** An address that rows may not lead to, as in ListeningAt of src/listening/listen.ts. */
export interface OwnAddress {
	readonly address: string;
	readonly port: number | null;
}

/** Something that one worker has learned, for all others and for later ones. */
export interface Fact {
	readonly kind: FactKind;
	readonly key: string;
	/** JSON; undefined if the fact has ceased to be true. */
	readonly value?: unknown;
}

/**
 * answered: the first answer of a target. refused: the first connections that it did not accept. admission: Galaxy's answer about
 * a user of a tool. owner: the standing of a row, where the map alone does not show it. row: the same for a row in PostgreSQL.
 */
export type FactKind = "answered" | "refused" | "admission" | "owner" | "row";

/** The first order to a worker. */
export interface StartOrder {
	readonly word: "start";
	/** The supervisor's PROTOCOL. */
	readonly protocol: number;
	/** The supervisor's version. */
	readonly version: string;
	/** The number of its slot, counted from 1; 0 for a spare, which listens only when ordered. */
	readonly worker: number;
	/** Counts the supervisor's start and rolling restarts, from 1. */
	readonly generation: number;
	/** Random hex digits, by which workers recognise each other's requests. Absent if the supervisor is of an older version. */
	readonly mark?: string;
	/** The command line without node and script. May contain secrets. */
	readonly args: readonly string[];
	/** The supervisor's own listeners. */
	readonly refusedTargets: readonly OwnAddress[];
	readonly facts: readonly Fact[];
}

/** When a draining worker ends its tunnels: at once, as after SIGTERM, or as in a rolling restart (--tunnel-drain). */
export type TunnelDrain = "now" | "sigterm" | "rolling";

/** From a supervisor to its worker. */
export type Order =
	| StartOrder
	/** To a spare: it takes the place of a worker that has ended. */
	| { readonly word: "listen" }
	| { readonly word: "drain"; readonly tunnels: TunnelDrain }
	/** End at once. */
	| { readonly word: "stop" }
	| { readonly word: "reload" }
	| { readonly word: "reopen" }
	/** Asks for a report, with the session table if isFull. */
	| { readonly word: "report"; readonly id: number; readonly isFull: boolean }
	| { readonly word: "fact"; readonly fact: Fact }
	| { readonly word: "question"; readonly id: number; readonly about: unknown }
	| {
			readonly word: "answers";
			readonly id: number;
			readonly answers: readonly unknown[];
	  };

/** From a worker to its supervisor. */
export type Word =
	| {
			readonly word: "hello";
			readonly protocol: number;
			readonly version: string;
			/** Node's version. */
			readonly node: string;
	  }
	/** A spare has loaded everything, and waits. */
	| { readonly word: "spare" }
	/** It listens, at these addresses. */
	| { readonly word: "ready"; readonly at: readonly OwnAddress[] }
	/** Once a second. */
	| { readonly word: "alive"; readonly snapshot: unknown }
	/** It drains, because of an order or of a signal to itself. */
	| { readonly word: "draining" }
	| { readonly word: "report"; readonly id: number; readonly snapshot: unknown }
	/** The last numbers before its end. */
	| { readonly word: "last"; readonly snapshot: unknown }
	| { readonly word: "fact"; readonly fact: Fact }
	/** A question to all other workers. */
	| { readonly word: "ask"; readonly id: number; readonly about: unknown }
	| { readonly word: "answer"; readonly id: number; readonly answer: unknown };

/** In a worker: the knowledge that all workers share, and questions to the others. */
export interface Group {
	tell(fact: Fact): void;
	/** Calls `take` for every fact that is known already, and for each later one. */
	onFact(kind: FactKind, take: (fact: Fact) => void): void;
	/** Asks all other workers. @returns their answers, null for a worker that does not answer; never rejects */
	ask(about: unknown): Promise<readonly unknown[]>;
	/** Resolves when this worker may serve; a spare waits for it. */
	readonly turn: Promise<void>;
	/** From now on, answers the other workers' questions by this function, which must not throw or reject. */
	answerBy(answer: (about: unknown) => unknown): void;
}
