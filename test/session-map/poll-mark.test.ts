import assert from "node:assert/strict";
import { test } from "node:test";
import { PollMark } from "../../src/session-map/route-finder.js";
import { pollOf, pollOfTwo } from "./polls.js";

const hasCounts = process.versions.node >= "20.18";

test("a mark stands for all events of one poll, and for none of the next", {
	skip: !hasCounts && "this Node does not tell of its polls",
}, async (t) => {
	const mark = new PollMark();
	const stood: boolean[] = [];
	const look = () => {
		stood.push(mark.standsFor(1));
		mark.set(1);
	};
	await pollOfTwo(t, look);
	await pollOfTwo(t, look);
	assert.deepEqual(stood, [false, true, false, true]);
});

test("a mark that was set for other content does not stand", () => {
	const mark = new PollMark();
	mark.set(1);
	assert.equal(mark.standsFor(2), false);
});

test("a mark that was never set does not stand", () => {
	assert.equal(new PollMark().standsFor(1), false);
});

test("where more is ready than one poll takes, the next poll of the same turn has a mark of its own", {
	skip: !hasCounts && "this Node does not tell of its polls",
}, async (t) => {
	const mark = new PollMark();
	const stood: boolean[] = [];
	// libuv takes 1,024 events at a time.
	await pollOf(t, 1_100, () => {
		stood.push(mark.standsFor(1));
		mark.set(1);
	});
	assert.equal(stood.filter((stands) => !stands).length, 2);
});
