import assert from "node:assert/strict";
import { test } from "node:test";
import { SqliteReader } from "../../src/session-map/row.js";
import { drivers } from "../session-map/drivers.js";
import { startGalaxyMap } from "../support/session-map.js";

// Galaxy's next commit was found, but not its rows: node:sqlite reported the lock a second time.
for (const driver of drivers)
	test(`gxproxy is read after a writer's lock was released: ${driver.name}`, async (t) => {
		const galaxy = startGalaxyMap(t, "map.sqlite", "gxproxy");
		await galaxy.put("abc", "10.0.0.1", 81);
		const reader = new SqliteReader(galaxy.path, driver);
		t.after(() => reader.close());
		assert.equal(reader.addresses().get("abc"), "10.0.0.1:81");
		await galaxy.lock();
		assert.throws(() => reader.addresses(), /is locked/);
		await galaxy.unlock();
		assert.equal(reader.addresses().get("abc"), "10.0.0.1:81");
		await galaxy.put("abc", "10.0.0.1", 82);
		assert.equal(reader.addresses().get("abc"), "10.0.0.1:82");
	});
