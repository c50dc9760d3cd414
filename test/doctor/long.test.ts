import { test } from "node:test";
import {
	type Diagnosis,
	examine,
	expectDiagnosis,
	startRunning,
	startSite,
} from "./examined.js";
import type { FrontFaults } from "./raw-front.js";

interface Case extends FrontFaults {
	/** Seconds. */
	silence?: string;
	diagnosis: Diagnosis;
}

const MIB = 1024 * 1024;

/** Faults that only a long exchange shows. */
const CASES: Record<string, Case> = {
	"the front ends uploads beyond 1 MiB": {
		coming: MIB,
		diagnosis: {
			name: "front upload",
			what: /upload of 4 MiB/,
			remedy: /client_max_body_size/,
		},
	},
	"the front cuts long answers": {
		answer: 3 * MIB,
		diagnosis: {
			name: "front download",
			what: /of 8388608 bytes is cut after \d+/,
			remedy: /proxy_temp_path/,
		},
	},
	"the front cuts answers that are silent": {
		patience: 1_500,
		silence: "4",
		diagnosis: {
			name: "front silence",
			what: /an answer that is silent for 4 s is cut/,
			remedy: /proxy_read_timeout/,
		},
	},
	"the front cuts WebSockets that are silent": {
		patience: 1_500,
		silence: "4",
		diagnosis: {
			name: "front silence",
			what: /a WebSocket that is silent for 4 s is cut/,
			remedy: /proxy_read_timeout/,
		},
	},
	"the front holds answers back": {
		buffers: true,
		silence: "1",
		diagnosis: {
			name: "front buffering",
			verdict: "doubtful",
			what: /buffers an answer/,
			remedy: /proxy_buffering off/,
		},
	},
};

test("a front proxy that cuts or buffers long transfers", async (t) => {
	const running = await startRunning(t);
	for (const [
		name,
		{ diagnosis, silence = "0.1", ...faults },
	] of Object.entries(CASES))
		await t.test(name, async (t) => {
			const origin = await startSite(t, running, faults);
			const probe = ["--url", `${origin}/galaxy`, "--probe"];
			const flags = [...running.args, ...probe, "--silence", silence];
			expectDiagnosis(await examine(flags), diagnosis);
		});
});
