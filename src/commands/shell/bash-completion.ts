import type { Command, Option } from "commander";
import * as kinds from "../../config/flag-values.js";

/** Words that a flag of the program takes; a list of addresses, a path or a number has no more to offer. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
	"--ip": ["localhost", "0.0.0.0", "127.0.0.1"],
	"--trust-proxy": kinds.peers.words,
	"--cors": kinds.cors.words,
	"--keep-alive": kinds.keepAlive.words,
	"--allow-target": kinds.targets.words,
	"--same-address": kinds.sameAddress.words,
	"--log-level": kinds.logLevel.words,
};
/** What stands in the angle brackets of a flag or an argument that is a file. */
const FILE = /^(?:file|map)$/;
const FOLDER = /^(?:dir|directory|folder)$/;

/**
 * A bash script that completes the program's flags, commands and their values: words, files or folders. It needs nothing
 * but bash.
 */
export function bashCompletion(program: Command): string {
	const commands = [program, ...below(program)];
	const takesValue = commands
		.flatMap((command) => command.options)
		.filter((option) => option.required)
		.flatMap(spellings);
	const name = program.name();
	const fn = `_${name.replaceAll("-", "_")}`;
	return `# bash completion for ${name} ${program.version()}
${fn}() {
	local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} at= i
	# --flag=value is three words for bash.
	if [[ $word == = ]]; then
		word=
	elif [[ $before == = ]]; then
		before=\${COMP_WORDS[COMP_CWORD - 2]}
	fi
	# Which command: flags and their values aside.
	for ((i = 1; i < COMP_CWORD; i++)); do
		case \${COMP_WORDS[i]} in
		${[...new Set(takesValue)].join(" | ")})
			i=$((i + 1))
			if [[ \${COMP_WORDS[i]} == = ]]; then i=$((i + 1)); fi
			;;
		-*) ;;
		*)
			case "$at \${COMP_WORDS[i]}" in
			${below(program)
				.map((command) => `"${pathOf(command)}"`)
				.join(" | ")}) at="$at \${COMP_WORDS[i]}" ;;
			esac
			;;
		esac
	done
	COMPREPLY=()
	case "$at $before" in
${commands.flatMap(valueCases).join("\n")}
	${patterns(takesValue)}) return ;;
	esac
	# The program's own flags may stand behind any command.
	local flags="${flagsOf(program)}"
	case $at in
${commands.map(placeCase).join("\n")}
	esac
}
complete -F ${fn} ${name}
`;
}

function below(command: Command): Command[] {
	return shownIn(command).flatMap((each) => [each, ...below(each)]);
}

function shownIn(command: Command): Command[] {
	return command.createHelp().visibleCommands(command);
}

/** What follows a flag with a value. The program's own flags may stand behind any command. */
function valueCases(command: Command): string[] {
	return command.options
		.filter((option) => option.required)
		.flatMap((option) => {
			const reply = replyTo(option);
			if (reply === null) return [];
			const where = command.parent === null ? "*" : `"${pathOf(command)}"`;
			const pattern = spellings(option)
				.map((flag) => `${where}" ${flag}"`)
				.join(" | ");
			return [`\t${pattern}) ${reply}; return ;;`];
		});
}

function replyTo(option: Option): string | null {
	const words = option.argChoices ?? WORDS[option.long ?? ""];
	if (words !== undefined) return choose(words);
	return pathReply(/<([^>]*)>/.exec(option.flags)?.[1] ?? "");
}

/** Spaces in names are kept, and a folder gets its slash. */
function pathReply(placeholder: string): string | null {
	const kind = FILE.test(placeholder)
		? "-f"
		: FOLDER.test(placeholder)
			? "-d"
			: null;
	if (kind === null) return null;
	return `compopt -o filenames; mapfile -t COMPREPLY < <(compgen ${kind} -- "$word")`;
}

function choose(words: readonly string[]): string {
	return `mapfile -t COMPREPLY < <(compgen -W "${words.join(" ")}" -- "$word")`;
}

function patterns(flags: readonly string[]): string {
	return [...new Set(flags)].map((flag) => `*" ${flag}"`).join(" | ");
}

/** What may stand next: commands and arguments, or flags where a hyphen was typed. */
function placeCase(command: Command): string {
	const own = command.parent === null ? [] : command.options.flatMap(spellings);
	const flags = choose([...own, "$flags"]);
	return `\t"${pathOf(command)}")
		if [[ $word == -* ]]; then ${flags}; else ${nextWord(command) ?? flags}; fi
		;;`;
}

function nextWord(command: Command): string | null {
	const words = shownIn(command).map((each) => each.name());
	if (words.length > 0) return choose(words);
	const [argument] = command.registeredArguments;
	if (argument === undefined) return null;
	if (argument.argChoices !== undefined) return choose(argument.argChoices);
	return pathReply(argument.name());
}

function flagsOf(command: Command): string {
	const shown = command.createHelp().visibleOptions(command);
	return shown.flatMap(spellings).join(" ");
}

/** " routes set", as the script puts it together; "" is the program itself. */
function pathOf(command: Command): string {
	return command.parent === null
		? ""
		: `${pathOf(command.parent)} ${command.name()}`;
}

function spellings(option: Option): string[] {
	return [option.short, option.long].filter((flag) => flag != null);
}
