import type { Seen, SeenRequest, SeenResponse } from "./seen.js";

/** One thing in which the daemon differs from the legacy on purpose. */
export interface Difference {
	reason: string;
	/** Makes of what was seen through the legacy what must be seen through the daemon. Edits a copy. */
	request?: (request: SeenRequest, sent: string) => void;
	response?: (response: SeenResponse, sent: string) => void;
	seen?: (seen: Seen, sent: string) => void;
}
