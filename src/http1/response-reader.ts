import { Refusal } from "../faults.js";
import { RESPONSE_HEAD_BYTES } from "../limits.js";
import { refuseControlBytes } from "./fields.js";
import { parseResponseHead, type ResponseHead } from "./response-head.js";

const END_OF_HEAD = "\r\n\r\n";
const VERSION = "HTTP/1.";

/**
 * Reads the heads that one container sends. Within a second many are the same byte for byte, Date included: then what
 * was read before is taken again.
 */
export class ResponseReader {
	private last: { bytes: Buffer; head: ResponseHead } | null = null;
	/** Bytes of an incomplete head that were looked at: one that comes byte by byte must not be searched anew for each. */
	private seen = 0;

	/**
	 * After null it is to be asked for the same head again, with more of it.
	 * @returns the head that begins at `at` and the index behind it; null while it is not complete
	 * @throws {Refusal} badAnswer, malformed
	 */
	read(bytes: Buffer, at: number): { head: ResponseHead; end: number } | null {
		const { last } = this;
		if (last !== null) {
			const end = at + last.bytes.length;
			const same =
				end <= bytes.length &&
				bytes.compare(last.bytes, 0, last.bytes.length, at, end) === 0;
			if (same) {
				this.seen = 0;
				return { head: last.head, end };
			}
		}
		const from = at + Math.max(0, this.seen - END_OF_HEAD.length);
		const found = bytes.indexOf(END_OF_HEAD, from, "latin1");
		const end = found < 0 ? bytes.length : found + END_OF_HEAD.length;
		if (end - at > RESPONSE_HEAD_BYTES)
			throw new Refusal("badAnswer", "response head too large");
		if (found < 0) {
			const start = bytes.toString("latin1", at, at + VERSION.length);
			if (!VERSION.startsWith(start))
				throw new Refusal("badAnswer", "status line");
			refuseControlBytes(bytes, from);
			this.seen = bytes.length - at;
			return null;
		}
		this.seen = 0;
		const head = parseResponseHead(bytes.toString("latin1", at, end));
		this.last = { bytes: Buffer.from(bytes.subarray(at, end)), head };
		return { head, end };
	}

	/** The connection is a tunnel now: no head will follow. */
	forget(): void {
		this.last = null;
	}
}
