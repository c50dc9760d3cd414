import type { Connection } from "../../src/session-map/sqlite-driver.js";

/** A row as a plain read of the complete table finds it. */
interface PlainRow {
	readonly rowid: number;
	readonly key: string;
	readonly host: string;
	readonly port: number;
	readonly ids: string;
}

/**
 * Who may lead, said as plainly as can be: the whole table is read after each change, and of the rows with one address
 * the one with the highest rowid is the owner. It remembers which rows have ended.
 */
export class OwnerModel {
	#before = new Map<string, string>();
	#ended = new Set<string>();

	/** @param keepsRowids false: rows that only have another rowid now were not written */
	read(connection: Connection, keepsRowids: boolean): void {
		const rows = connection
			.prepare(
				"SELECT rowid, key, host, port, container_ids AS ids FROM gxproxy2",
			)
			.all() as unknown as PlainRow[];
		const leaders = new Map<string, PlainRow>();
		for (const row of rows) {
			const leader = leaders.get(addressOf(row));
			const isLater = leader === undefined || row.rowid > leader.rowid;
			if (claims(row) && isLater) leaders.set(addressOf(row), row);
		}
		const now = new Map<string, string>();
		const ended = new Set<string>();
		for (const row of rows) {
			const { rowid, key, host, port, ids } = row;
			const content = JSON.stringify([host, port, ids]);
			const before = this.#before.get(key);
			const isSame = keepsRowids
				? before === `${rowid} ${content}`
				: before?.replace(/^\d+ /, "") === content;
			const leader = leaders.get(addressOf(row));
			const isOther = leader !== undefined && leader.ids !== ids;
			if (claims(row) && (isOther || (isSame && this.#ended.has(key))))
				ended.add(key);
			now.set(key, `${rowid} ${content}`);
		}
		this.#before = now;
		this.#ended = ended;
	}

	get keys(): readonly string[] {
		return [...this.#before.keys()];
	}

	/** As shown() in opened-map.ts says it. */
	routeOf(key: string): string {
		const row = this.#before.get(key);
		if (row === undefined) return "unknown";
		if (this.#ended.has(key)) return "ended";
		const [host, port] = JSON.parse(row.replace(/^\d+ /, ""));
		return port > 0 ? `${host}:${port}` : "not-ready";
	}

	get count(): number {
		return this.#ended.size;
	}
}

function claims({ port, ids }: PlainRow): boolean {
	return port > 0 && ids !== "[]";
}

function addressOf({ host, port }: PlainRow): string {
	const name = host.toLowerCase().replace(/\.$/, "");
	return `${name === "127.0.0.1" ? "localhost" : name}:${port}`;
}
