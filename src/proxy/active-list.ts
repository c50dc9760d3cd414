import type { FaultCode } from "../faults.js";

/** An exchange of a session that is under way: the map's changes end it. */
export interface Active {
	/** Where the list has it. The list's alone. */
	place: number;
	/**
	 * It must end: the session's row leads there no more, or the daemon ends.
	 * @param reason for the log
	 * @param code what the client is answered where nothing was answered yet; a tunnel answers nothing
	 */
	onWithdrawn(reason: string, code: FaultCode): void;
	/** onWithdrawn() threw: its sockets must end. */
	fault(error: unknown): void;
	readonly isTunnel: boolean;
	/** So far, as in exchange.ts. */
	readonly bytesFromClient: number;
	readonly bytesToClient: number;
}

/** What a session has under way, in no order. Every request enters and leaves: a Set would hash it both times. */
export class ActiveList implements Iterable<Active> {
	private readonly list: Active[] = [];

	get size(): number {
		return this.list.length;
	}

	add(active: Active): void {
		active.place = this.list.length;
		this.list.push(active);
	}

	/** Nothing happens where it is not in the list. */
	delete(active: Active): void {
		const { place } = active;
		if (this.list[place] !== active) return;
		const last = this.list.pop() as Active;
		if (last === active) return;
		this.list[place] = last;
		last.place = place;
	}

	/** Those of now: they may leave meanwhile. */
	[Symbol.iterator](): Iterator<Active> {
		return this.list.slice()[Symbol.iterator]();
	}
}
