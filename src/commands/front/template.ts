import { readFileSync } from "node:fs";
import { assetPath } from "../../package.js";
import * as quote from "./quote.js";

/** The file in assets/front with each {{name}} replaced; {{#name}} to {{/name}} stays only if the value is not empty. */
export function filled(file: string, values: Record<string, unknown>): string {
	return readFileSync(assetPath("front", file), "utf8")
		.replace(/\{\{#(\w+)\}\}\n(.*?)\{\{\/\1\}\}\n/gs, (_, name, lines) =>
			values[name] === "" ? "" : lines,
		)
		.replace(/\{\{(\w+)\}\}/g, (_, name) => String(values[name]));
}

/** Galaxy's path as a regular expression. */
export function below(path: string): string {
	return path === "/" ? "" : quote.literally(decoded(path));
}

/** Front proxies compare a location with the decoded path. An invalid escape stays as it is. */
export function decoded(path: string): string {
	try {
		return decodeURIComponent(path);
	} catch (error) {
		if (error instanceof URIError) return path;
		throw error;
	}
}
