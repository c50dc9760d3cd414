import type { GalaxyMap } from "../support/galaxy-map.js";
import type { Browser } from "./browser.js";
import type { Environment } from "./environment.js";
import { DOWN, GONE, type Session } from "./session.js";
import { pauseOr, type Work } from "./shift.js";

/** Milliseconds that a container stays dead and a session unknown. */
const ABSENT_MS = 700;

/** Kills the session's container and starts it again on the same address. */
export function deaths({ session }: Browser): Work {
	const { environment } = session;
	return async (_turn, pausing) => {
		await session.become(DOWN, () => environment.kill());
		await pauseOr(ABSENT_MS, pausing);
		await session.become(environment.name, () => environment.start());
	};
}

/** Galaxy gives the session another container, in turn; every fourth time the session is forgotten for a while. */
export function moves(
	session: Session,
	map: GalaxyMap,
	others: Environment,
): Work {
	const containers = [others, session.environment];
	return async (turn, pausing) => {
		const to = containers[turn % 2] as Environment;
		if (turn % 4 === 3) {
			await session.become(GONE, () => map.remove(session.key));
			await pauseOr(ABSENT_MS, pausing);
		}
		await session.become(to.name, () => map.put(session.key, to.host, to.port));
	};
}
