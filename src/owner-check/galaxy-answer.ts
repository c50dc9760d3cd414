/**
 * What Galaxy's API says of one entry point and one user. admitted: the user owns it, and it is active. not-active and
 * ended: it is the user's, but not to be used yet or any more. unknown-id: this Galaxy has no such entry point. A reason is
 * text for the log and contains nothing of the answer but its status.
 */
export type GalaxyAnswer =
	| { readonly kind: "admitted" | "not-yours" | "not-active" | "ended" }
	| { readonly kind: "unknown-id" }
	| { readonly kind: "failure"; readonly reason: string };

/** Reads the answer to GET /api/entry_points/KEY/access. Galaxy tells its two reasons for 400 apart by words only. */
export function readAnswer(status: number, body: string): GalaxyAnswer {
	if (status === 403) return { kind: "not-yours" };
	if (status !== 200 && status !== 400) return failure(`status ${status}`);
	const { target, err_msg: message } = fieldsOf(body);
	if (status === 200)
		return typeof target === "string"
			? { kind: "admitted" }
			: failure("status 200 without a target");
	if (typeof message !== "string") return failure("status 400 without err_msg");
	if (/\bnot active\b/i.test(message)) return { kind: "not-active" };
	if (/\bhas ended\b/i.test(message)) return { kind: "ended" };
	return { kind: "unknown-id" };
}

export function failure(reason: string): GalaxyAnswer {
	return { kind: "failure", reason };
}

/** The members of a JSON object; none if the body is anything else. */
function fieldsOf(body: string): Record<string, unknown> {
	try {
		const value: unknown = JSON.parse(body);
		return value instanceof Object ? { ...value } : {};
	} catch {
		return {};
	}
}
