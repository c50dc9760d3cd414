import { type Found, good, wrong } from "../finding.js";
import type { Setup } from "./setup.js";

/** Without this Galaxy hides all interactive tools, and gravity does not start. */
export function enabled({ galaxy, isOn, text }: Setup): Found {
	const key = "interactivetools_enable";
	if (isOn(key, false)) return good`${key} is true in ${galaxy.file}`;
	const state = text(key) === undefined ? "missing" : text(key);
	return wrong`${key} is ${state} in ${galaxy.file}: Galaxy offers no interactive tools, and gravity refuses to start gx_it_proxy
		-> Set ${key}: true in the section galaxy of ${galaxy.file}, then restart Galaxy.`;
}
