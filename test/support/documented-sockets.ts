// Loaded before a program (--import): hides from it that accepted connections can be read into buffers, as a future
// Node may.

interface Handle {
	readonly fd: number;
	readonly useUserBuffer: unknown;
}

const { binding } = process as unknown as {
	binding(name: string): { TCP: { prototype: Handle } };
};
const { TCP } = binding("tcp_wrap");
const { useUserBuffer } = TCP.prototype;
Object.defineProperty(TCP.prototype, "useUserBuffer", {
	// A connection that we open has no descriptor yet when it is asked.
	get(this: Handle) {
		return this.fd >= 0 ? undefined : useUserBuffer;
	},
});

export {};
