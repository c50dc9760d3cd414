// Writes dist/galaxy-proxy.1, the manual page in man(7), from the built program's own help: node scripts/man-page.mjs
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { name, version } = JSON.parse(read("package.json"));
const SEE_ALSO =
	"The documents in the package's folder, beginning with README.md and docs/README.md. `npm root -g` prints the folder of packages that were installed with -g.";

const path = join(root, "dist", "galaxy-proxy.1");
const page = manualPage();
// A package that is made at the same time contains the old page or the new one, never half of one.
if (!existsSync(path) || readFileSync(path, "utf8") !== page) {
	writeFileSync(`${path}.${process.pid}`, page);
	renameSync(`${path}.${process.pid}`, path);
}

function manualPage() {
	const [program, ...commands] = helpOf([]);
	const [options, notes] = [program.groups, program.notes];
	const lines = [
		`.TH ${name.toUpperCase()} 1 "${releaseDate()}" "${name} ${version}"`,
		".nh",
		".SH NAME",
		`${escaped(name)} \\- reverse proxy for Galaxy's Interactive Tools and Interactive Environments`,
		".SH SYNOPSIS",
		...[program, ...commands].flatMap(({ usage }, index) => [
			...(index === 0 ? [] : [".br"]),
			`.B ${escaped(name)}`,
			plain(usage.slice(name.length + 1)),
		]),
		".SH DESCRIPTION",
		...paragraphs(program.description),
		".SH OPTIONS",
		...options.flatMap(({ title, entries }) => [
			...(title === "Options" ? [] : [`.SS ${plain(title)}`]),
			...entries.flatMap(entryLines),
		]),
		".SH COMMANDS",
		"Every option above may stand before or after a command.",
		...commands.flatMap(commandLines),
		...notes.flatMap(noteLines),
		".SH SEE ALSO",
		...paragraphs(SEE_ALSO),
	];
	return `${lines.join("\n")}\n`;
}

/** The help of the command with these words, then that of each command below it. */
function helpOf(words) {
	const main = join(root, "dist", "main.js");
	const text = execFileSync(process.execPath, [main, ...words, "--help"], {
		encoding: "utf8",
	});
	const help = parsed(text, words);
	return [help, ...help.commands.flatMap((each) => helpOf([...words, each]))];
}

/** Usage, description, groups of terms with their descriptions, and the notes at the end, as commander prints them. */
function parsed(text, words) {
	const parts = text.trimEnd().split("\n\n");
	const [usage, description, ...rest] = parts;
	const groups = rest.filter(isGroup).map(groupOf);
	const below = groups.find(({ title }) => title === "Commands");
	return {
		words,
		usage: usage.replace(/^Usage: /, ""),
		description,
		groups: groups.filter((group) => group !== below),
		notes: rest.filter((part) => !isGroup(part)),
		commands: (below?.entries ?? []).map(({ term }) => term.split(" ")[0]),
	};
}

function isGroup(part) {
	return /^[A-Z].*:\n {2}\S/.test(part);
}

function groupOf(part) {
	const [heading, ...lines] = part.split("\n");
	const entries = [];
	for (const line of lines) {
		const [, term, text] = /^ {2}(\S.*?)(?: {2,}(.*))?$/.exec(line) ?? [];
		if (term === undefined) entries.at(-1).text += ` ${line.trim()}`;
		else entries.push({ term, text: text ?? "" });
	}
	return { title: heading.replace(/:$/, ""), entries };
}

function entryLines({ term, text }) {
	const parts = term.split(/(<[^>]+>|\[[^\]]+\])/).filter((part) => part);
	const fonts = parts.map(
		(part) => `\\f${/^[<[]/.test(part) ? "I" : "B"}${escaped(part)}\\fR`,
	);
	return [".TP", fonts.join(""), ...paragraphs(text)];
}

function commandLines({ words, description, groups, notes }) {
	const entries = groups.flatMap((group) => group.entries);
	return [
		`.SS ${plain(words.join(" "))}`,
		...paragraphs(description),
		...entries.filter(({ term }) => term !== "-h, --help").flatMap(entryLines),
		...(notes.length > 0 ? [".PP", ...paragraphs(notes.join("\n\n"))] : []),
	];
}

/** A note whose lines begin with a title and a colon is as many chapters. */
function noteLines(note) {
	return note.split(/\n(?=[A-Z][a-z]+(?: [a-z]+)?: )/).flatMap((chapter) => {
		const [, title = "Notes", text = chapter] =
			/^([A-Z][a-z]+(?: [a-z]+)?): (.*)$/s.exec(chapter) ?? [];
		return [`.SH ${title.toUpperCase()}`, ...paragraphs(text)];
	});
}

/** A paragraph with indented lines, a list or an example, keeps its lines. */
function paragraphs(text) {
	return text
		.split("\n\n")
		.flatMap((paragraph, index) => [
			...(index === 0 ? [] : [".PP"]),
			...(/^[ \t]/m.test(paragraph)
				? [".nf", ...paragraph.split("\n").map(plain), ".fi"]
				: [plain(paragraph.trim().replace(/\s+/g, " "))]),
		]);
}

/** A line that begins with a dot or an apostrophe would be a request. */
function plain(line) {
	return escaped(line.trim()).replace(/^(?=[.'])/, "\\&");
}

/** A bare hyphen may be shown as a typographic one, which nobody can paste into a shell. */
function escaped(words) {
	return words.replace(/\\/g, "\\e").replace(/-/g, "\\-");
}

/** CHANGELOG.md's date of this version; empty without a changelog. */
function releaseDate() {
	if (!existsSync(join(root, "CHANGELOG.md"))) return "";
	const heading = new RegExp(`^## \\[${version}\\] - (\\S+)$`, "m");
	return heading.exec(read("CHANGELOG.md"))?.[1] ?? "";
}

function read(file) {
	return readFileSync(join(root, file), "utf8");
}
