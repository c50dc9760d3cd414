import { writeSync } from "node:fs";
import { isatty } from "node:tty";
import { Output, openToAppend, STDOUT, standardOutput } from "./output.js";

export interface Log {
	debug(fields: object, message: string): void;
	info(fields: object, message: string): void;
	warn(fields: object, message: string): void;
	error(fields: object, message: string): void;
	/** Whether every exchange is logged, which needs at least level info. */
	verbose(isOn: boolean): void;
	/** Reopens the log file after logrotate has moved it; if that fails, throws and keeps the old file. */
	reopen(): void;
	/** Lines dropped so far because the buffer was full. */
	dropped(): number;
	/** Writes the buffered lines, as many as the reader accepts within half a second; later lines are lost. */
	close(): Promise<void>;
}

export interface LogOptions {
	/** debug, info, warn or error. */
	readonly level: string;
	/** Path of a file to append to; undefined is standard output. */
	readonly file: string | undefined;
	/** As Log.verbose() says. */
	readonly verbose: boolean;
}

/**
 * Opens a log of JSON lines, or of readable text if standard output is a terminal. A slow or missing reader or a full disk
 * never blocks the caller.
 * @throws {Error} that says what to do, if the file cannot be opened
 */
export async function openLog(options: LogOptions): Promise<Log> {
	// Before all else: on Node 22 an import() after fstat of standard output fails in a package that is a symbolic link.
	const { pino } = await import("pino");
	const { sessionLabel } = await import("./session-label.js");
	const { file } = options;
	const open = file === undefined ? standardOutput : () => openToAppend(file);
	const output = new Output(open, (count) =>
		log.warn(
			{ dropped: count },
			"log lines were dropped: the reader was too slow",
		),
	);
	const terminal = file === undefined && isatty(STDOUT);
	const lines = pino(
		{
			level: levelOf(options, options.verbose),
			base: { pid: process.pid },
			timestamp: pino.stdTimeFunctions.isoTime,
			formatters: {
				level: (level) => ({ level }),
				log: withoutSessionKey(sessionLabel),
			},
		},
		{ write: (line) => output.write(terminal ? readable(line) : line) },
	);
	const log: Log = {
		debug: (fields, message) => lines.debug(fields, message),
		info: (fields, message) => lines.info(fields, message),
		warn: (fields, message) => lines.warn(fields, message),
		error: (fields, message) => lines.error(fields, message),
		verbose(isOn) {
			lines.level = levelOf(options, isOn);
		},
		reopen() {
			if (file !== undefined) output.reopen();
		},
		dropped: () => output.dropped,
		close: () => output.close(),
	};
	opened = log;
	return log;
}

/** Reopens the log file, if there is one, and says whether that was possible. */
export function continueLog(log: Log, file: string | undefined): void {
	try {
		log.reopen();
		if (file !== undefined) log.info({}, "log file reopened");
	} catch (err) {
		log.error(
			{ err },
			"the log file cannot be reopened: check --log-file and its folder; still writing to the old file",
		);
	}
}

function levelOf({ level }: LogOptions, verbose: boolean): string {
	return verbose && /^(warn|error)$/.test(level) ? "info" : level;
}

/**
 * The same log, limited to `perMinute` warnings and errors with the same message; at the end of the minute one line has the
 * number of the others. Messages must be constants, since each is remembered for its minute.
 */
export function rateLimited(log: Log, perMinute: number): Log {
	const minutes = new Map<string, { lines: number; end(): void }>();
	function begin(level: "warn" | "error", message: string) {
		const timer = setTimeout(() => minute.end(), 60_000).unref();
		const minute = {
			lines: 0,
			end() {
				clearTimeout(timer);
				minutes.delete(message);
				const repeated = minute.lines - perMinute;
				if (repeated > 0) log[level]({ repeated }, `${message} (repeated)`);
			},
		};
		minutes.set(message, minute);
		return minute;
	}
	function limited(level: "warn" | "error"): Log["warn"] {
		return (fields, message) => {
			const minute = minutes.get(message) ?? begin(level, message);
			minute.lines += 1;
			if (minute.lines <= perMinute) log[level](fields, message);
		};
	}
	function close(): Promise<void> {
		for (const minute of [...minutes.values()]) minute.end();
		return log.close();
	}
	return { ...log, warn: limited("warn"), error: limited("error"), close };
}

/** Why a start failed, for an operator who can remedy it: reported without a stack. */
export class StartError extends Error {}

/** The last line of a process that cannot go on: in the log once that is open, else on standard error. */
export async function logFatal(error: unknown): Promise<void> {
	const err = error instanceof Error ? error : new Error(String(error));
	const isExplained = err instanceof StartError;
	if (opened !== undefined) {
		if (isExplained) opened.error({}, err.message);
		else opened.error({ err }, "fatal");
		return await opened.close();
	}
	const text = isExplained ? err.message : `fatal: ${err.stack}`;
	writeSync(STDERR, `galaxy-proxy: ${text}\n`);
}

let opened: Log | undefined;

const STDERR = 2;

type Fields = Record<string, unknown>;

function withoutSessionKey(labelOf: (key: string) => string) {
	return (fields: Fields): Fields => {
		const { sessionKey, ...rest } = fields;
		if (typeof sessionKey !== "string") return fields;
		return { ...rest, session: labelOf(sessionKey) };
	};
}

/** A JSON line as text: time, level, message, key=value; a stack on the next lines. */
function readable(line: string): string {
	const { time, level, msg, pid, err, ...fields } = JSON.parse(line);
	const pairs = Object.entries(fields).map(
		([key, value]) => ` ${key}=${plain(value)}`,
	);
	const stack = err ? `${err.stack ?? err.message}\n` : "";
	return `${time} ${level.padEnd(5)} ${msg}${pairs.join("")}\n${stack}`;
}

/** Quoted unless it is one plain word: control characters in a client's path must not reach the terminal. */
function plain(value: unknown): string {
	const text = typeof value === "string" ? value : JSON.stringify(value);
	if (/^[\x21\x23-\x7e]+$/.test(text)) return text;
	return JSON.stringify(text).replace(
		/[\x7f-\x9f]/g,
		(sign) => `\\u00${sign.charCodeAt(0).toString(16)}`,
	);
}
