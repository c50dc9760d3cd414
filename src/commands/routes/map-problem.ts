import { NotWritten } from "../../session-map/map-edit.js";
import { NoDriver } from "../../session-map/sqlite-driver.js";
import { Unreadable } from "../../session-map/unreadable.js";

/** The problem of the map or the machine, and its remedy. @throws any other error, which is a defect */
export function problemText(error: unknown): string {
	const isProblem =
		error instanceof Unreadable ||
		error instanceof NotWritten ||
		error instanceof NoDriver;
	if (!isProblem) throw error;
	return error.message;
}
