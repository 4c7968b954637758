/** `dynscan completion SHELL`: a script by which a shell completes commands, flags and their values, made from the commands themselves. */
import type { Command } from 'commander';
import { TOOL_NAME } from '../core/tool.js';

export const COMPLETED_SHELLS = ['bash', 'zsh', 'fish'] as const;
export type CompletedShell = (typeof COMPLETED_SHELLS)[number];

interface Flag {
  readonly names: readonly string[];
  readonly words: string;
  /** It takes a value; one of these, where they are known. */
  readonly takesValue: boolean;
  readonly values: readonly string[];
}

/** A command by the words that lead to it: `image build`; that of the program itself is empty. */
interface Entry {
  readonly path: readonly string[];
  readonly words: string;
  readonly commands: readonly string[];
  readonly flags: readonly Flag[];
  /** What its first argument can be, where that is no file. */
  readonly values: readonly string[];
}

/** `argumentsOf`: values of the first argument of a command, by its name. */
export function completionScript(
  program: Command,
  shell: CompletedShell,
  argumentsOf: Readonly<Record<string, readonly string[]>>,
): string {
  const entries = entriesOf(program, [], argumentsOf);
  switch (shell) {
    case 'bash':
      return bash(entries);
    case 'zsh':
      return `#compdef ${TOOL_NAME}\nautoload -U +X bashcompinit && bashcompinit\n${bash(entries)}`;
    case 'fish':
      return fish(entries);
  }
}

function entriesOf(
  command: Command,
  path: readonly string[],
  argumentsOf: Readonly<Record<string, readonly string[]>>,
): readonly Entry[] {
  const flags = command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({
      names: [option.short, option.long].filter((name) => name !== undefined),
      words: option.description,
      takesValue: option.required || option.optional,
      values: option.argChoices ?? [],
    }));
  const entry: Entry = {
    path,
    words: command.description(),
    commands: command.commands.map((inner) => inner.name()),
    flags,
    values: argumentsOf[path.join(' ')] ?? [],
  };
  return [entry, ...command.commands.flatMap((inner) => entriesOf(inner, [...path, inner.name()], argumentsOf))];
}

function bash(entries: readonly Entry[]): string {
  const key = (path: readonly string[]): string => `'${[TOOL_NAME, ...path].join(' ')}'`;
  const values = entries.flatMap(({ path, flags }) =>
    flags
      .filter(({ values }) => values.length > 0)
      .flatMap(({ names, values }) =>
        names.map((name) => `    '${[TOOL_NAME, ...path, name].join(' ')}') words='${values.join(' ')}' ;;`),
      ),
  );
  const files = entries.flatMap(({ path, flags }) =>
    flags
      .filter(({ takesValue, values }) => takesValue && values.length === 0)
      .flatMap(({ names }) => names.map((name) => `'${[TOOL_NAME, ...path, name].join(' ')}'`)),
  );
  return `# Completion of ${TOOL_NAME}, made by \`${TOOL_NAME} completion\`.
_${TOOL_NAME}() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" path=${TOOL_NAME} words='' word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
      ${entries
        .filter(({ path }) => path.length > 0)
        .map(({ path }) => key(path))
        .join('|')}) path="$path $word" ;;
    esac
  done
  COMPREPLY=()
  case "$path $prev" in
${values.join('\n')}
    ${files.join('|')}) return ;;
    *)
      case "$path" in
${entries
  .map(({ path, commands, flags, values }) => {
    const named = [...commands, ...values].join(' ');
    const all = [named, ...flags.flatMap(({ names }) => names)].join(' ').trim();
    // Before anything is typed, flags would hide the files.
    return `        ${key(path)}) [[ "$cur" == -* ]] && words='${all}' || words='${named}' ;;`;
  })
  .join('\n')}
      esac
      ;;
  esac
  # Without a match the shell completes files.
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _${TOOL_NAME} ${TOOL_NAME}
`;
}

function fish(entries: readonly Entry[]): string {
  const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = entries.flatMap(({ path, commands, flags, values }) => {
    const condition =
      path.length === 0
        ? '__fish_use_subcommand'
        : path.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
    const head = `complete -c ${TOOL_NAME} -n ${quoted(condition)}`;
    const inner = commands.filter((name) =>
      entries.some((entry) => entry.path.join(' ') === [...path, name].join(' ')),
    );
    return [
      ...inner.map((name) => {
        const words = entries.find((entry) => entry.path.join(' ') === [...path, name].join(' '))?.words ?? '';
        return `${head} -f -a ${name} -d ${quoted(words)}`;
      }),
      ...(values.length > 0 ? [`${head} -f -a ${quoted(values.join(' '))}`] : []),
      ...flags.map(({ names, words, takesValue, values }) => {
        const spelled = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
        const value = values.length > 0 ? ` -x -a ${quoted(values.join(' '))}` : takesValue ? ' -r' : '';
        return `${head} ${spelled.join(' ')}${value} -d ${quoted(words)}`;
      }),
    ];
  });
  return `# Completion of ${TOOL_NAME}, made by \`${TOOL_NAME} completion\`.\n${lines.join('\n')}\n`;
}
