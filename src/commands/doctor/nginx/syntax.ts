/** A directive, with a block if braces follow it. */
export interface Directive {
	readonly name: string;
	readonly args: readonly string[];
	readonly block: readonly Directive[] | undefined;
	/** Where its name is. */
	readonly file: string;
	readonly line: number;
}

/** The file is invalid; nginx refuses it too. */
export class NginxSyntaxError extends Error {}

interface Token {
	readonly text: string;
	readonly line: number;
	/** A word, or one of `;`, `{` and `}` outside of words. */
	readonly kind: "word" | ";" | "{" | "}" | "end";
}

/** Code in Lua between braces, whose words are not nginx's. */
const LUA = /_by_lua_block$/;

/**
 * The directives of a configuration as nginx reads them (ngx_conf_file.c), without any knowledge of their meaning. Included
 * files are not read.
 * @throws NginxSyntaxError
 */
export function parseNginx(text: string, file: string): Directive[] {
	const scanner = new Scanner(text, file);
	return directivesIn(scanner, file, "end");
}

function directivesIn(
	scanner: Scanner,
	file: string,
	end: "end" | "}",
): Directive[] {
	const found: Directive[] = [];
	for (;;) {
		const first = scanner.next();
		if (first.kind === end) return found;
		if (first.kind !== "word") scanner.refuse(first.kind);
		const { text: name, line } = first;
		const args: string[] = [];
		let next = scanner.next();
		for (; next.kind === "word"; next = scanner.next()) args.push(next.text);
		if (next.kind !== ";" && next.kind !== "{") scanner.refuse(next.kind);
		let block: Directive[] | undefined;
		if (next.kind === "{" && LUA.test(name)) {
			scanner.skipBraces();
			block = [];
		} else if (next.kind === "{") block = directivesIn(scanner, file, "}");
		found.push({ name, args, block, file, line });
	}
}

const SPACE = /[ \t\r\n]/;
/** After a backslash; any other character keeps the backslash, as regular expressions need it. */
const ESCAPES: Readonly<Record<string, string>> = {
	'"': '"',
	"'": "'",
	"\\": "\\",
	t: "\t",
	r: "\r",
	n: "\n",
};

class Scanner {
	readonly #text: string;
	readonly #file: string;
	#at = 0;
	#line = 1;

	constructor(text: string, file: string) {
		this.#text = text;
		this.#file = file;
	}

	next(): Token {
		this.#skipSpace();
		const char = this.#text[this.#at];
		const line = this.#line;
		if (char === undefined) return { text: "", line, kind: "end" };
		if (char === ";" || char === "{" || char === "}") {
			this.#step();
			return { text: char, line, kind: char };
		}
		const isQuoted = char === '"' || char === "'";
		const text = isQuoted ? this.#quoted(char) : this.#bare();
		return { text, line, kind: "word" };
	}

	refuse(what: string): never {
		const found = what === "end" ? "the end of the file" : `"${what}"`;
		throw new NginxSyntaxError(
			`${this.#file}:${this.#line}: ${found} is not expected here`,
		);
	}

	/** Skips to the brace that closes the one just read. Braces in Lua's texts and comments do not count. */
	skipBraces(): void {
		let quote: string | undefined;
		for (let depth = 1; depth > 0; ) {
			const char = this.#step();
			if (char === "\\") this.#step();
			if (char === "-" && this.#peek() === "-" && quote === undefined)
				while (!/^\n?$/.test(this.#peek())) this.#step();
			if (char === quote) quote = undefined;
			else if (char === '"' || char === "'") quote ??= char;
			if (quote !== undefined && char !== undefined) continue;
			if (char === undefined) this.refuse("end");
			if (char === "{") depth++;
			if (char === "}") depth--;
		}
	}

	/** Skips white space and comments. A comment begins only where a word could. */
	#skipSpace(): void {
		for (;;) {
			const char = this.#text[this.#at];
			if (char === "#") while (!/^\n?$/.test(this.#peek())) this.#step();
			else if (char !== undefined && SPACE.test(char)) this.#step();
			else return;
		}
	}

	/** Quotes end the word: white space, a semicolon, a brace or a parenthesis must follow. */
	#quoted(quote: string): string {
		this.#step();
		let text = "";
		for (;;) {
			const char = this.#step();
			if (char === undefined) this.refuse("end");
			if (char === quote) break;
			text += char === "\\" ? this.#escaped() : char;
		}
		if (!/^[\s;{)]?$/.test(this.#peek())) this.refuse(this.#peek());
		return text;
	}

	/** In an unquoted word, quotes and the brace of ${name} are ordinary characters. */
	#bare(): string {
		let text = "";
		for (;;) {
			const char = this.#peek();
			const isOfVariable = char === "{" && text.endsWith("$");
			if (char === "" || SPACE.test(char) || char === ";") return text;
			if (char === "{" && !isOfVariable) return text;
			this.#step();
			text += char === "\\" ? this.#escaped() : char;
		}
	}

	#escaped(): string {
		const char = this.#step() ?? "";
		return ESCAPES[char] ?? `\\${char}`;
	}

	/** Empty at the end. */
	#peek(): string {
		return this.#text[this.#at] ?? "";
	}

	#step(): string | undefined {
		const char = this.#text[this.#at++];
		if (char === "\n") this.#line++;
		return char;
	}
}
