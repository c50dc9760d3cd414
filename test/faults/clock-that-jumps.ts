/** Loaded into a daemon before its own code: at SIGUSR2 its clock on the wall jumps by the hours of CLOCK_JUMP. */
const jump = Number(process.env.CLOCK_JUMP) * 3_600_000;
const Real = Date;

class Jumped extends Real {
	constructor(...values: [] | [number]) {
		super(...((values.length === 0 ? [Jumped.now()] : values) as [number]));
	}

	static override now(): number {
		return Real.now() + jump;
	}
}

process.once("SIGUSR2", () => {
	globalThis.Date = Jumped as DateConstructor;
	process.stderr.write("jumped\n");
});
