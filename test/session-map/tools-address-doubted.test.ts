import assert from "node:assert/strict";
import { test } from "node:test";
import { sessionLabel } from "../../src/log/session-label.js";
import type { OpenConnection } from "../../src/route.js";
import type { Conflicts } from "../../src/session-map/session-map.js";
import { EVERY_WAY, expectTools, openTools } from "./opened-tools.js";

const HOST = "docker";
const target = { host: HOST, port: 1 };

for (const [name, options] of EVERY_WAY)
	test(`${name}: a row with another's address waits until the other's connection has ended`, async (t) => {
		const open: OpenConnection[] = [];
		const told: Conflicts[] = [];
		const opened = await openTools(t, {
			...options,
			before: ({ put }) => put("victim", "t", HOST, 1),
			more: {
				connections: () => open,
				onConflicts: (conflicts) => told.push(conflicts),
			},
		});
		const { put, remove } = opened.galaxy;
		const [openedAt, sessionKey] = [performance.now(), "victim/t"];
		open.push({
			sessionKey,
			target: { host: "Docker.", port: 1 },
			openedAt,
			refusals: "none",
		});
		await opened.noticed(() => put("thief", "t", HOST, 1));
		const waiting = { "victim/t": "docker:1", "thief/t": "contested" };
		await expectTools(opened, waiting);
		while (told.length === 0) await opened.nextChange();
		assert.deepEqual(told.at(-1)?.doubted, [
			[sessionLabel("thief/t"), sessionLabel("victim/t")],
		]);
		await opened.noticed(() => put("other", "t", HOST, 2));
		await expectTools(opened, waiting);
		assert.deepEqual(opened.map.counts(), { ended: 0, contested: 1 });
		// Another connection that is younger than the row proves nothing.
		open[0] = {
			sessionKey,
			target,
			openedAt: performance.now(),
			refusals: "none" as const,
		};
		const changed = opened.nextChange();
		opened.map.connectionEnded?.();
		await changed;
		await expectTools(opened, { "victim/t": "ended", "thief/t": "docker:1" });
		await opened.noticed(() => remove("thief"));
		await expectTools(opened, { "victim/t": "ended" });
	});

for (const [name, options] of EVERY_WAY)
	test(`${name}: a doubted row is believed once the other row is gone`, async (t) => {
		const open = [
			{
				sessionKey: "a/t",
				target,
				openedAt: performance.now(),
				refusals: "none" as const,
			},
		];
		const opened = await openTools(t, {
			...options,
			before: ({ put }) => put("a", "t", HOST, 1),
			more: { connections: () => open },
		});
		await opened.noticed(() => opened.galaxy.put("b", "t", HOST, 1));
		await expectTools(opened, { "a/t": "docker:1", "b/t": "contested" });
		await opened.noticed(() => opened.galaxy.remove("a"));
		await expectTools(opened, { "a/t": "unknown", "b/t": "docker:1" });
	});

for (const [name, options] of EVERY_WAY)
	test(`${name}: a connection of a row's own session, or to another address, is no reason to doubt it`, async (t) => {
		const open = [
			{ sessionKey: "b/t", target, openedAt: 0, refusals: "none" as const },
			{
				sessionKey: "a/t",
				target: { ...target, port: 2 },
				openedAt: 0,
				refusals: "none" as const,
			},
			{ sessionKey: "gone/t", target, openedAt: 0, refusals: "none" as const },
		];
		const opened = await openTools(t, {
			...options,
			before: ({ put }) => put("a", "t", HOST, 1),
			more: { connections: () => open },
		});
		await opened.noticed(() => opened.galaxy.put("b", "t", HOST, 1));
		await expectTools(opened, { "a/t": "ended", "b/t": "docker:1" });
	});
