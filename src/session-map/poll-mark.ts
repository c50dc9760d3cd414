import { performance } from "node:perf_hooks";

/**
 * Whether the event loop has asked the system what is ready (epoll_wait) since a moment that was marked.
 *
 * libuv counts its turns, and the events of each asking once all of them were handled: while those of one asking are
 * handled, both counts stand still, and none of the next can have the same two. It asks several times a turn where more
 * is ready than it takes at once, so that the turn alone would not tell.
 */
export class PollMark {
	#turn = -1;
	#events = -1;
	#generation = -1;

	/** Only from within the handling of an event. generation: of the content for which it is set. */
	set(generation: number): void {
		this.#generation = generation;
		const counts = countsNow();
		this.#turn = counts?.loopCount ?? -1;
		this.#events = counts?.events ?? -1;
	}

	/** Whether it was set for this content while the events of this same asking were handled. */
	standsFor(generation: number): boolean {
		const counts = countsNow();
		return (
			counts !== undefined &&
			generation === this.#generation &&
			// No turn at all: this is no Node that counts.
			counts.loopCount > 0 &&
			counts.loopCount === this.#turn &&
			counts.events === this.#events
		);
	}
}

/** Undefined before Node 20.18: no mark ever stands there. */
function countsNow(): typeof performance.nodeTiming.uvMetricsInfo | undefined {
	return performance.nodeTiming.uvMetricsInfo;
}
