import type { Case } from "./case.js";
import { broken } from "./cases/broken.js";
import { double } from "./cases/double.js";
import { host } from "./cases/host.js";
import { map } from "./cases/map.js";
import { messages } from "./cases/messages.js";
import { path } from "./cases/path.js";
import { upgrades } from "./cases/upgrades.js";

/** The measured cases, in their order. */
export const CASES: readonly Case[] = [
	...host,
	...path,
	...messages,
	...upgrades,
	...broken,
	...double,
	...map,
].sort((a, b) => a.number - b.number);
