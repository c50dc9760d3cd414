import { NotWritten } from "../../session-map/map-edit.js";
import { NoDriver } from "../../session-map/sqlite-driver.js";
import { Unreadable } from "../../session-map/unreadable.js";

/** The problem of the map or the machine, and its remedy. @throws any other error, which is a defect */
export function problemText(error: unknown): string {
	for (const Problem of [Unreadable, NotWritten, NoDriver])
		if (error instanceof Problem) return error.message;
	throw error;
}
