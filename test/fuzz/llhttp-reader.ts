import type { Llhttp } from "./llhttp.js";
import type { SecondReader } from "./second-readers.js";

/** node:http as the container. */
export function llhttpReader(llhttp: Llhttp): SecondReader {
	return {
		name: "node:http",
		read: async (arrivals) => {
			const bytes = arrivals.map((arrival) => arrival.bytes).join("");
			return (await llhttp.read(bytes)).requests;
		},
		stop: () => {},
	};
}
