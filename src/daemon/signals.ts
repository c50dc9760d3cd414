/** SIGTERM and SIGINT: the first ends in good order, the second at once. SIGHUP reloads. */
export class Signals {
	onReload: () => void = () => undefined;
	readonly end: Promise<void>;
	readonly endNow: Promise<void>;

	constructor() {
		const resolvers: Array<() => void> = [];
		this.end = new Promise((resolve) => resolvers.push(resolve));
		this.endNow = new Promise((resolve) => resolvers.push(resolve));
		const next = () => resolvers.shift()?.();
		process.on("SIGTERM", next);
		process.on("SIGINT", next);
		process.on("SIGHUP", () => this.onReload());
	}
}
