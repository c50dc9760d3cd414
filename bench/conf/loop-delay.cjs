// node --require loop-delay.cjs: at SIGUSR2 the longest stall of the event loop since the last one, in ms, into the file
// that BENCH_LOOP_DELAY names. The histogram counts its own interval of 1 ms in; what this handler takes is left out.
const { renameSync, writeFileSync } = require("node:fs");
const { monitorEventLoopDelay } = require("node:perf_hooks");
const { isMainThread } = require("node:worker_threads");

if (isMainThread) {
	const delays = monitorEventLoopDelay({ resolution: 1 });
	const file = process.env.BENCH_LOOP_DELAY;
	delays.enable();
	process.on("SIGUSR2", () => {
		const longest = Math.max(0, delays.max / 1e6 - 1);
		delays.disable();
		writeFileSync(`${file}.new`, String(longest));
		setImmediate(() => {
			renameSync(`${file}.new`, file);
			delays.reset();
			delays.enable();
		});
	});
}
