import { type Route, toolSession } from "../../route.js";
import { addressOf } from "../row.js";
import { toolRouteOf } from "../tool-row.js";
import type { AddressRow } from "./address-history.js";
import type { Columns } from "./connect.js";
import { MOST_OTHERS } from "./statements.js";

/** The columns of a row of gxitproxy that its address depends on. */
export interface SharedRow {
	readonly key: string;
	readonly keyType: string;
	readonly token: string | null;
	readonly host: string | null;
	readonly port: string | null;
	readonly xmin: number;
}

export interface FoundRow extends SharedRow {
	readonly info: string | null;
	/** The rows with its address, which may include the row itself; null if it is alone. */
	readonly others: readonly OtherRow[] | null;
}

/** A row in the answer to routesOf(). */
type AnsweredRow = readonly [
	place: number,
	keyType: string | null,
	token: string | null,
	host: string | null,
	port: string | null,
	info: string | null,
	xmin: string,
	others: readonly OtherRow[] | null,
];

/** The rows of each key that has any, by the key's place. @param answer the result of routesOf() for these keys @throws SyntaxError */
export function foundRows(
	keys: readonly string[],
	answer: string | null,
): readonly (readonly FoundRow[] | undefined)[] {
	const found: FoundRow[][] = [];
	for (const answered of JSON.parse(answer ?? "[]") as AnsweredRow[]) {
		const [place, keyType, token, host, port, info, xmin, others] = answered;
		const row = {
			key: keys[place - 1] ?? "",
			keyType: keyType ?? "",
			token,
			host,
			port,
			info,
			xmin: Number(xmin),
			others,
		};
		// An empty array would make room for many rows, and mostly there is one.
		const rows = found[place - 1];
		if (rows === undefined) found[place - 1] = [row];
		else rows.push(row);
	}
	return found;
}

/** Of the statement SHARED_ADDRESSES. */
export function sharedRow(columns: Columns): SharedRow {
	const [key, keyType, token, host, port, xmin] = columns.map(textOf);
	return {
		key: key ?? "",
		keyType: keyType ?? "",
		token: token ?? null,
		host: host ?? null,
		port: port ?? null,
		xmin: Number(xmin),
	};
}

function textOf(column: Columns[number]): string | null {
	return column === null ? null : String(column);
}

type OtherRow = readonly [
	key: string,
	keyType: string,
	token: string | null,
	host: string | null,
	xmin: string,
];

/**
 * The other sessions' rows with the found row's address, in any spelling; undefined if there are too many to read.
 */
export function othersOf(
	{ key, keyType, others, port }: FoundRow,
	{ address, sessionKey }: AddressRow,
): readonly AddressRow[] | undefined {
	const found = (others ?? []).filter(
		(other) => other[0] !== key || other[1] !== keyType,
	);
	if (found.length > MOST_OTHERS) return undefined;
	return found
		.flatMap(([key, keyType, token, host, xmin]) => {
			const row = { key, keyType, token, host, port, xmin: Number(xmin) };
			return rowAt(row) ?? [];
		})
		.filter((row) => row.address === address && row.sessionKey !== sessionKey);
}

/** Undefined if the row leads nowhere. */
export function rowAt(row: SharedRow): AddressRow | undefined {
	const route = toolRouteOf(row.host, row.port, null);
	if (route.kind !== "target") return undefined;
	return addressRow(row, addressOf(route.target));
}

export function addressRow(row: SharedRow, address: string): AddressRow {
	const { key, token, xmin } = row;
	const sessionKey = token ? toolSession(key, token) : undefined;
	return { id: idOf(row), sessionKey, address, xmin };
}

/** Unique to this version of the row, and without the token. PostgreSQL's texts contain no NUL. */
export function idOf({ key, keyType, xmin }: SharedRow): string {
	return `${key}\0${keyType}\0${xmin}`;
}

export function keyOf(id: string): string {
	return id.slice(0, id.indexOf("\0"));
}

/** Whether the row has this token. The time does not depend on the number of right characters. */
export function isNamedBy(token: string | null, asked: string): boolean {
	const own = token || "-";
	let difference = own.length ^ asked.length;
	for (let at = 0; at < asked.length; at++)
		difference |= own.charCodeAt(at % own.length) ^ asked.charCodeAt(at);
	return difference === 0 && Boolean(token);
}

export function isSame(a: Route, b: Route): boolean {
	return JSON.stringify(a) === JSON.stringify(b);
}
