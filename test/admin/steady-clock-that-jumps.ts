/** Loaded into a daemon before its own code: at SIGUSR2 its steady clock goes half a minute on. */
const JUMP_MS = 30_000;
const now = performance.now.bind(performance);

process.once("SIGUSR2", () => {
	performance.now = () => now() + JUMP_MS;
	process.stderr.write("jumped\n");
});
