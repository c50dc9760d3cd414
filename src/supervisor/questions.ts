import type { WorkerProcess } from "./worker-process.js";

/** Milliseconds for the answers to a question. */
const ANSWERS_MS = 500;

interface OpenQuestion {
	readonly asker: WorkerProcess;
	/** The number that the asker gave the question. */
	readonly id: number;
	readonly answers: unknown[];
	/** The workers that have not answered yet. */
	readonly silent: Set<WorkerProcess>;
	readonly timer: NodeJS.Timeout;
}

/** Passes a worker's questions on to all others, and their answers back. */
export class Questions {
	readonly #open = new Map<number, OpenQuestion>();
	#count = 0;

	/** Workers that have not served yet are not asked: nothing depends on them. */
	ask(
		asker: WorkerProcess,
		{ id, about }: { readonly id: number; readonly about: unknown },
		workers: Iterable<WorkerProcess>,
	): void {
		const asked = [...workers].filter(
			(worker) =>
				worker !== asker &&
				(worker.state === "serving" || worker.state === "draining"),
		);
		const number = ++this.#count;
		const timer = setTimeout(() => this.#close(number), ANSWERS_MS);
		const silent = new Set(asked);
		this.#open.set(number, { asker, id, answers: [], silent, timer });
		for (const worker of asked)
			worker.send({ word: "question", id: number, about });
		if (silent.size === 0) this.#close(number);
	}

	answered(worker: WorkerProcess, number: number, answer: unknown): void {
		const question = this.#open.get(number);
		if (question?.silent.delete(worker) !== true) return;
		question.answers.push(answer);
		if (question.silent.size === 0) this.#close(number);
	}

	/** The worker will not answer any more. */
	workerEnded(worker: WorkerProcess): void {
		for (const [number, question] of this.#open) {
			question.silent.delete(worker);
			if (question.silent.size === 0) this.#close(number);
		}
	}

	/** The answer of a worker that has not answered is null. */
	#close(number: number): void {
		const question = this.#open.get(number);
		if (question === undefined) return;
		this.#open.delete(number);
		const { asker, id, answers, silent, timer } = question;
		clearTimeout(timer);
		const missing = [...silent].map(() => null);
		asker.send({ word: "answers", id, answers: [...answers, ...missing] });
	}
}
