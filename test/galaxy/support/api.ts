import assert from "node:assert/strict";
import { ADMIN_KEY, type Lab, type Name, type Person } from "./lab.js";
import { type Answer, ask } from "./visit.js";

export const PASSWORD = "lab-password";

/** Milliseconds from the start of a tool until its entry points are active. Galaxy's own tests allow two minutes. */
export const ACTIVE_MS = 600_000;
/** Milliseconds from the end of a tool's program until Galaxy has collected its output and removed its rows. */
export const ENDED_MS = 1_200_000;

/** A call of Galaxy's API by its public address; the answer's JSON. Anything but success throws. */
export async function api<T>(
	lab: Lab,
	key: string,
	call: string,
	body?: object,
): Promise<T> {
	const { status, text } = await tryApi(lab, key, call, body);
	assert.ok(status < 300, `${call}: ${status} ${text}`);
	return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** call: method and path below /api/, such as "GET jobs/1". */
export async function tryApi(
	lab: Lab,
	key: string,
	call: string,
	body?: object,
): Promise<Answer> {
	const [method = "", path = ""] = call.split(" ");
	return await ask(lab, `/api/${path}`, {
		method,
		headers: {
			"x-api-key": key,
			...(body && { "Content-Type": "application/json" }),
		},
		...(body && { body: JSON.stringify(body) }),
	});
}

/** Makes a user with the key of Galaxy's configuration, and logs in as the web client does. */
export async function makePerson(lab: Lab, name: Name): Promise<Person> {
	const email = `${name}@lab.example`;
	const user = { username: name, email, password: PASSWORD };
	const { id } = await api<{ id: string }>(lab, ADMIN_KEY, "POST users", user);
	const apiKey = await api<string>(lab, ADMIN_KEY, `POST users/${id}/api_key`);
	return { id, email, apiKey, session: await logIn(lab, email) };
}

/** The session cookie's value after a login. */
export async function logIn(lab: Lab, email: string): Promise<string> {
	const before = sessionSet(await ask(lab, "/login/start"));
	const cookie = () => ({ Cookie: `galaxysession=${before}` });
	const context = await ask(lab, "/context", { headers: cookie() });
	const { session_csrf_token } = JSON.parse(context.text);
	const form = { login: email, password: PASSWORD, session_csrf_token };
	const answer = await ask(lab, "/user/login", {
		method: "POST",
		headers: { ...cookie(), "Content-Type": "application/json" },
		body: JSON.stringify(form),
	});
	assert.equal(answer.status, 200, answer.text);
	return sessionSet(answer);
}

function sessionSet({ headers, text }: Answer): string {
	const found = /galaxysession=([^;]+)/.exec(
		(headers["set-cookie"] ?? []).join("\n"),
	)?.[1];
	assert.ok(found, `no session cookie: ${text.slice(0, 500)}`);
	return found;
}
