import { NotWritten } from "../../session-map/map-edit.js";
import { NoDriver } from "../../session-map/sqlite-driver.js";
import { Unreadable } from "../../session-map/unreadable.js";

/** What is wrong with the map or the machine, and what to do. @throws the error where it is neither, but a defect */
export function plainWords(error: unknown): string {
	const isTold =
		error instanceof Unreadable ||
		error instanceof NotWritten ||
		error instanceof NoDriver;
	if (!isTold) throw error;
	return error.message;
}
