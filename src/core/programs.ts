/** Kinds of programs by their names, and what a shell command does with them. */

export const SHELLS = /^(?:sh|bash|dash|zsh|ksh|mksh|ash|fish|csh|tcsh|busybox|cmd\.exe|powershell|pwsh)$/;
export const INTERPRETERS =
  /^(?:python|pypy|perl|ruby|node|nodejs|php|lua|luajit|tclsh|Rscript|julia|java|deno|bun|osascript|gdb|awk|gawk|mawk)[\d.]*$/;
/** Programs that transfer files. */
export const FETCHERS = /^(?:curl|wget|aria2c|ftp|tftp|scp|sftp|rsync|nc|ncat|netcat|socat|telnet|ssh|git)$/;

/** `sh` of `/bin/sh`. */
export function programName(path: string): string {
  return path.split('/').pop() ?? path;
}

/** Whether a program runs what it is given as text: a shell or an interpreter. */
export function runsText(name: string): boolean {
  return SHELLS.test(name) || INTERPRETERS.test(name);
}

/** The text that a shell was told to run: `id` of `sh -c -- id`; undefined for what is no shell, or was given a file. */
export function shellText(argv: readonly string[]): string | undefined {
  const [program = '', ...rest] = argv;
  if (!SHELLS.test(programName(program))) return undefined;
  const at = rest.findIndex((word) => /^-[abd-z]*c[a-z]*$/.test(word));
  if (at < 0) return undefined;
  return rest[rest[at + 1] === '--' ? at + 2 : at + 1];
}

export type CommandKind = 'downloads-and-runs' | 'transfers' | 'other';

/**
 * What a shell command does, from its words: a program that transfers files, and behind it, or around it, one that runs what came. Commands in quotes
 * and substitutions count as parts of the command; a text of any length is read once.
 */
export function commandKind(command: string): CommandKind {
  let transfers = false;
  let outer: string | undefined;
  for (const part of command.slice(0, MAX_COMMAND).split(/[|;&()`\n]+|\$\(/)) {
    const words = part.split(/[\s"'{}]+/).filter((word) => word !== '' && !isPrefix(word));
    const [first = ''] = words;
    const name = programName(first);
    if (transfers && (runsText(name) || MAKES_PROGRAM.test(name) || /^\.{0,2}\//.test(first)))
      return 'downloads-and-runs';
    if (words.some((word) => FETCHERS.test(programName(word)))) {
      if (outer !== undefined) return 'downloads-and-runs';
      transfers = true;
    }
    // `sh -c "$(curl …)"` and `eval "$(curl …)"`: the words before the substitution.
    if (runsText(name) || name === 'eval' || name === 'source' || name === '.') outer = name;
  }
  return transfers ? 'transfers' : 'other';
}

const MAX_COMMAND = 4000;
/** `chmod +x` is the step between a download and its run. */
const MAKES_PROGRAM = /^(?:chmod|eval|source|xargs)$/;

/** What stands before a program and runs it: `sudo`, `nohup`, `env`, an assignment, an option of these. */
function isPrefix(word: string): boolean {
  return /^(?:sudo|doas|nohup|setsid|exec|env|time|command|then|do|if|while|-[EHnSiu]+)$|^\w+=/.test(word);
}
