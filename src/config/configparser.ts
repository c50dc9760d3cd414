import { UsageError } from "./setting.js";

/** An option of a file, before references in it are replaced. */
export interface Option {
	readonly text: string;
	/** Counted from 1. */
	readonly line: number;
}

/** The options of each section, by name in lower case. */
export type Sections = ReadonlyMap<string, ReadonlyMap<string, Option>>;

/** Its options count in every section, and it alone may be given several times. */
export const DEFAULT = "DEFAULT";
/** As BasicInterpolation: a reference that is nested deeper most likely refers to itself. */
const DEEPEST_REFERENCE = 10;

/** Python's white space, which differs from JavaScript's in U+FEFF and some control characters. */
const BLANK = String.raw`[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`;
const BLANKS_BEFORE = new RegExp(`^${BLANK}+`);
const NOT_BLANK = new RegExp(`(?!${BLANK}).`, "s");
/** Begins only at a run's first blank, or a long run within a line would take quadratic time. */
const BLANKS_AFTER = new RegExp(`(?<!${BLANK})${BLANK}+$`);

/**
 * Reads a file as Python's configparser does if nothing is set: comments only on lines of their own, deeper indented lines
 * continue a value, nothing is given twice (https://docs.python.org/3/library/configparser.html).
 * @param file named in errors
 * @throws {UsageError} that names the line, wherever Python raises an error
 */
export function readSections(text: string, file: string): Sections {
	const sections = new Map<string, Map<string, Writable>>();
	let options: Map<string, Writable> | undefined;
	let last: Writable | undefined;
	let indent = 0;
	for (const [index, whole] of text.split(/\r\n|\r|\n/).entries()) {
		const line = index + 1;
		const refuse = (reason: string): never => {
			throw new UsageError(
				`${file} line ${line}: ${reason}; Galaxy cannot read it either`,
			);
		};
		const content = stripped(whole);
		if (/^[#;]/.test(content)) continue;
		const depth = whole.search(NOT_BLANK);
		if (content === "" || (last !== undefined && depth > indent)) {
			if (last !== undefined) last.text += `\n${content}`;
			continue;
		}
		indent = depth;
		const section = /^\[(.+)\]/s.exec(content)?.[1];
		if (section !== undefined) {
			if (sections.has(section) && section !== DEFAULT)
				refuse(`[${section}] is given twice; join the two`);
			options = sections.get(section) ?? new Map();
			sections.set(section, options);
			last = undefined;
			continue;
		}
		if (options === undefined)
			return refuse(
				content.startsWith("\uFEFF")
					? "the file begins with a byte order mark; save it without one"
					: "a section is missing before this line; begin with [app:main]",
			);
		const [, name = "", value = ""] = /^(.*?)[=:](.*)$/s.exec(content) ?? [];
		const key = stripped(name).toLowerCase();
		if (key === "")
			refuse("this is neither [section] nor key = value; correct it");
		const former = options.get(key)?.line;
		if (former !== undefined)
			refuse(`${key} is given in line ${former} already; remove one of them`);
		last = { text: stripped(value), line };
		options.set(key, last);
	}
	for (const section of sections.values())
		for (const option of section.values())
			option.text = option.text.replace(BLANKS_AFTER, "");
	return sections;
}

type Writable = { -readonly [Name in keyof Option]: Option[Name] };

function stripped(text: string): string {
	return text.replace(BLANKS_BEFORE, "").replace(BLANKS_AFTER, "");
}

/** The name's length is limited, or many opened references would take quadratic time. */
const REFERENCE = /%(?:%|\(([^)]{1,200})\)s)?/g;

/**
 * The text with `%(name)s` replaced by that option's text and `%%` by a percent sign, as BasicInterpolation does.
 * @param unknown gives the text for a reference that leads nowhere or in a circle, and for a percent sign without one
 */
export function replaced(
	text: string,
	options: ReadonlyMap<string, Option>,
	unknown: (reference: string) => string,
	depth = 1,
): string {
	return text.replace(REFERENCE, (reference: string, name = "") => {
		if (reference === "%%") return "%";
		const value = options.get(name.toLowerCase())?.text;
		const isNested = value?.includes("%") === true;
		if (value === undefined || (isNested && depth === DEEPEST_REFERENCE))
			return unknown(reference);
		return isNested ? replaced(value, options, unknown, depth + 1) : value;
	});
}
