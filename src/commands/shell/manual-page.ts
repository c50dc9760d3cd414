import type { Command, Help, Option } from "commander";

/** What the help does not say of itself. */
const SEE_ALSO =
	"The documents in the package's folder, beginning with README.md and docs/operations.md. `npm root -g` names the folder that holds packages installed with -g.";

/** Columns of the source, with some left for escapes. */
const SOURCE_WIDTH = 70;

/**
 * The program's help as a manual page in man(7), with every command that it has.
 * @param date of the version, as in 2026-11-22
 */
export function manualPage(program: Command, date: string): string {
	const help = program.createHelp();
	const name = program.name();
	const lines = [
		`.TH ${name.toUpperCase()} 1 ${date} "${name} ${program.version()}"`,
		".nh",
		".SH NAME",
		`${escaped(name)} \\- reverse proxy for Galaxy's Interactive Environments`,
		".SH SYNOPSIS",
		...usageLines(program, help),
		".SH DESCRIPTION",
		...text(program.description()),
		".SH OPTIONS",
		...optionLines(program, help),
		...commandLines(program, help),
		...textAfterOptions(program),
		".SH SEE ALSO",
		...text(SEE_ALSO),
	];
	return `${lines.join("\n")}\n`;
}

function usageLines(program: Command, help: Help): string[] {
	const usages = [program, ...commandsOf(program, help)].map((command) =>
		help.commandUsage(command),
	);
	return usages.flatMap((usage, index) => {
		const [name = "", ...rest] = usage.split(" ");
		const line = `.B ${escaped(name)}\n${plain(rest.join(" "))}`;
		return index === 0 ? [line] : [".br", line];
	});
}

/** Options under the headings that they have in the help. */
function optionLines(command: Command, help: Help): string[] {
	const groups = new Map<string, Option[]>();
	for (const option of help.visibleOptions(command)) {
		const heading = option.helpGroupHeading ?? "Options:";
		groups.set(heading, [...(groups.get(heading) ?? []), option]);
	}
	return [...groups].flatMap(([heading, options]) => [
		...(heading === "Options:"
			? []
			: [`.SS ${plain(heading.replace(/:$/, ""))}`]),
		...options.flatMap((option) => [
			".TP",
			term(help.optionTerm(option)),
			...text(help.optionDescription(option)),
		]),
	]);
}

function commandLines(program: Command, help: Help): string[] {
	const commands = commandsOf(program, help);
	if (commands.length === 0) return [];
	return [
		".SH COMMANDS",
		"Every option above may stand before a command or behind it.",
		...commands.flatMap((command) => [
			`.SS ${plain(fullName(command))}`,
			...text(help.commandDescription(command)),
			...help
				.visibleArguments(command)
				.filter((argument) => help.argumentDescription(argument) !== "")
				.flatMap((argument) => [
					".TP",
					term(help.argumentTerm(argument)),
					...text(help.argumentDescription(argument)),
				]),
			...optionsOfItsOwn(command, help),
			...textAfterOptions(command),
		]),
	];
}

/** A command's options without its --help. */
function optionsOfItsOwn(command: Command, help: Help): string[] {
	return command.options
		.filter((option) => !option.hidden)
		.flatMap((option) => [
			".TP",
			term(help.optionTerm(option)),
			...text(help.optionDescription(option)),
		]);
}

/** In the order of the help, each before its own. */
function commandsOf(parent: Command, help: Help): Command[] {
	return help
		.visibleCommands(parent)
		.flatMap((command) => [command, ...commandsOf(command, help)]);
}

/** "routes set": without the program's own name. */
function fullName(command: Command): string {
	const { parent } = command;
	if (parent?.parent == null) return command.name();
	return `${fullName(parent)} ${command.name()}`;
}

/**
 * What addHelpText() put behind the options, which commander only writes. A paragraph that begins with a title and a
 * colon is a chapter of its own in a program's page.
 */
function textAfterOptions(command: Command): string[] {
	let all = "";
	const { writeOut } = command.configureOutput();
	command.configureOutput({
		writeOut(part) {
			all += part;
		},
	});
	command.outputHelp();
	command.configureOutput({ ...(writeOut && { writeOut }) });
	const after = all.slice(command.helpInformation().length).trim();
	if (after === "") return [];
	if (command.parent !== null) return [".PP", ...text(after)];
	return after
		.split(/\n\n+|\n(?=[A-Z][a-z]+(?: [a-z]+)?: )/)
		.flatMap((paragraph) => {
			const [, title, rest] =
				/^([A-Z][a-z]+(?: [a-z]+)?): (.*)$/s.exec(paragraph) ?? [];
			const heading = title === undefined ? "NOTES" : title.toUpperCase();
			return [`.SH ${heading}`, ...text(rest ?? paragraph)];
		});
}

/** A term of a list: bold, what stands for a value in italics. */
function term(words: string): string {
	const parts = words.split(/(<[^>]+>|\[[^\]]+\])/);
	return parts
		.filter((part) => part !== "")
		.map((part) =>
			/^[<[]/.test(part)
				? `\\fI${escaped(part)}\\fR`
				: `\\fB${escaped(part)}\\fR`,
		)
		.join("");
}

/** Paragraphs, filled anew; one with indented lines, a list or an example, stays as it is. */
function text(paragraphs: string): string[] {
	return paragraphs.split("\n\n").flatMap((paragraph, index) => {
		const lines = /^[ \t]/m.test(paragraph)
			? [".nf", ...paragraph.split("\n").map(plain), ".fi"]
			: folded(paragraph);
		return index === 0 ? lines : [".PP", ...lines];
	});
}

/** Lines short enough for who reads the source. */
function folded(paragraph: string): string[] {
	const lines: string[] = [];
	for (const word of paragraph.trim().split(/\s+/)) {
		const last = lines.at(-1);
		if (last !== undefined && `${last} ${word}`.length <= SOURCE_WIDTH)
			lines[lines.length - 1] = `${last} ${word}`;
		else lines.push(word);
	}
	return lines.map(plain);
}

/** A line that begins with a dot or an apostrophe would be a request. */
function plain(line: string): string {
	return escaped(line.trim()).replace(/^(?=[.'])/, "\\&");
}

/** A bare hyphen may be shown as a typographic one, which nobody can paste into a shell. */
function escaped(words: string): string {
	return words.replace(/\\/g, "\\e").replace(/-/g, "\\-");
}
