/** The command line: arguments to commands, errors to messages, results to exit codes. */
import { resolve } from 'node:path';
import { Argument, Command, CommanderError, Option } from 'commander';
import { CONFIG_FILE } from '../config/load.js';
import { LAYERS } from '../docker/layers.js';
import { FILE_FORMATS } from '../report/files.js';
import { SEVERITIES } from '../core/terms.js';
import { TOOL_NAME, TOOL_VERSION } from '../core/tool.js';
import { BASELINE_FILE } from '../triage/baseline.js';
import { runBaselineWrite } from './baseline.js';
import type { BaselineOptions } from './baseline.js';
import { runDoctor } from './doctor.js';
import { describeError, escapeLines, isAbort } from './errors.js';
import { INTERRUPTED, NOTHING_FOUND, NOT_COMPLETED, OUTPUT_CLOSED, WRONG_USAGE } from './exit-code.js';
import { UsageError } from '../core/user-error.js';
import { COMPLETED_SHELLS, completionScript, type CompletedShell } from './completion.js';
import { SUPPRESSIONS_FILE } from '../triage/suppressions.js';
import { ruleIds, runRules, runShow } from './rules.js';
import { runSuppress } from './suppress.js';
import type { SuppressOptions } from './suppress.js';
import type { RulesOptions } from './rules.js';
import { runExplain } from './explain.js';
import type { ExplainOptions } from './explain.js';
import { runImageAdd, runImageBuild, runImageList, runImageRemove } from './image.js';
import type { BuildOptions, RemoveOptions } from './image.js';
import { ClosedOutputError, writeText } from './io.js';
import type { Interrupt, Io, Services } from './io.js';
import { runInspect } from './inspect.js';
import { runImportConfig } from './import-config.js';
import type { ImportOptions } from './import-config.js';
import { KINDS } from '../testcase/template.js';
import { kindsInWords, runNewTestCase } from './new-test-case.js';
import type { NewTestCaseOptions } from './new-test-case.js';
import { answerWrongUsage, runScan } from './scan.js';
import type { ScanOptions } from './scan.js';
import { settingsFrom } from './settings.js';
import type { Flags } from './settings.js';

const EXIT_CODES = `
Exit codes:
  0  all was seen, and no finding is at or over the threshold (--fail-on, else --severity)
  1  findings at or over the threshold
  2  not everything could be seen or done
  3  the request makes no sense; nothing was scanned`;

/** Runs one command and returns the exit code. `argv` is without the program and the script. */
export async function run(argv: readonly string[], io: Io, services: Services): Promise<number> {
  // Failed writes reject where they are awaited; an error on standard error cannot be reported anywhere.
  const ignore = (): void => undefined;
  io.stdout.on('error', ignore);
  io.stderr.on('error', ignore);
  try {
    return await dispatch(argv, io, services);
  } catch (error) {
    if (error instanceof ClosedOutputError) return OUTPUT_CLOSED;
    io.stderr.write(`${describeError(error)}\n`);
    return error instanceof UsageError ? WRONG_USAGE : NOT_COMPLETED;
  } finally {
    io.stdout.off('error', ignore);
    io.stderr.off('error', ignore);
  }
}

async function dispatch(argv: readonly string[], io: Io, services: Services): Promise<number> {
  let exitCode: number = NOTHING_FOUND;
  let help = '';
  const perform = async (work: (signal: AbortSignal) => Promise<number>): Promise<void> => {
    exitCode = await interruptible(io, work);
  };

  const program = new Command(TOOL_NAME)
    .description('See what an ML model file would do to your machine, before you load it.')
    .version(TOOL_VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => (help += text),
      writeErr: (text) => io.stderr.write(escapeLines(text)),
    })
    .addHelpText('after', EXIT_CODES);

  const scan = withPaths(program.command('scan').description('load models in a sandbox and explain what they do'))
    .addOption(new Option('--format <format>', 'how to report').choices(['text', ...FILE_FORMATS]).default('text'))
    .option('--output <file>', 'write the report to a file instead of standard output')
    .option('--report-file <file>', 'write the JSON report to a file too')
    .option('--trace-file <file>', 'write the raw trace to a file while it is made')
    .option(
      '--force',
      'let --output, --report-file and --trace-file replace files that DynScan did not write, and links',
    )
    .option('--print-trace', 'print the raw trace to standard error while it is made')
    .option('--static-only', 'read the files, load nothing, need no container engine')
    .option('--suppressions <file>', 'findings that were looked at and are all right; none is read without this')
    .option('--baseline <file>', 'known findings: what is in it does not count for the exit code')
    .option('--test-case <file>', 'Python file whose function loads and uses the model')
    .option('--resume', 'go on with an earlier scan: what was run with it, and is the same, is not run again')
    .option('--quiet', 'no progress and no log')
    .option('--details', 'in the text report of each model hash, output, every finding in full and the process tree')
    .option('--all', 'in the text report a line for each model, also where many have one reason')
    .addOption(failOnOption())
    .addHelpText('after', EXIT_CODES);
  withThreshold(withEngine(withRun(scan))).action((paths: string[], options: ScanOptions) =>
    perform((signal) => runScan(paths, options, io, services, signal)),
  );

  const baseline = program.command('baseline').description('keep what is found today, to see later what is new');
  withEngine(
    withRun(
      withPaths(baseline.command('write').description('scan models and write their findings to a baseline'))
        .option('--output <file>', 'the baseline; an earlier one is replaced, another file is not', BASELINE_FILE)
        .option('--reason <text>', 'why these findings are all right; kept in the baseline, for review')
        .option('--suppressions <file>', 'findings that were looked at and are all right; they are left out')
        .option('--static-only', 'read the files, load nothing, need no container engine')
        .option('--test-case <file>', 'Python file whose function loads and uses the model')
        .option('--quiet', 'no progress and no log'),
    ),
  ).action((paths: string[], options: BaselineOptions) =>
    perform((signal) => runBaselineWrite(paths, options, io, services, signal)),
  );
  program
    .command('new-test-case')
    .description('write a test case to start from; overwrites nothing')
    .argument('[path]', 'the new file, or a folder for it; without, the folder of the setting testCaseFolder')
    .addOption(new Option('--kind <kind>', 'what to start from').choices(Object.keys(KINDS)).default('plain'))
    .option(...CONFIG_OPTION)
    .addHelpText('after', kindsInWords())
    .action((path: string | undefined, options: NewTestCaseOptions) =>
      perform(() => runNewTestCase(path, options, io)),
    );

  program
    .command('import-config')
    .description('write a dynscan.json with the settings of a config.ini of ml-model-dynscan; overwrites nothing')
    .argument('<file>', 'the config.ini')
    .option('--output <file>', 'the new settings file', CONFIG_FILE)
    .action((file: string, options: ImportOptions) => perform(() => runImportConfig(file, options, io)));

  withThreshold(
    program
      .command('explain')
      .description('say what the rules find in a log made anywhere with `strace -f`')
      .argument('<file>', 'the log; - for standard input')
      .addOption(new Option('--format <format>', 'how to report').choices(['text', ...FILE_FORMATS]).default('text'))
      .option('--details', 'in the text report every finding in full, and every call in words'),
  )
    .addOption(failOnOption())
    .option(...CONFIG_OPTION)
    .addHelpText('after', EXIT_CODES)
    .action((file: string, options: ExplainOptions) => perform((signal) => runExplain(file, options, io, signal)));

  program
    .command('inspect')
    .description('list what is in a model: names, tensors, layers, members; runs nothing')
    .argument('<file>', 'the model')
    .option('--static-timeout <time>', 'wall time of reading it, in seconds or as 2m')
    .option(...CONFIG_OPTION)
    .addHelpText('after', GIT_DIFF)
    .action((file: string, options: Flags) => perform((signal) => runInspect(file, options, io, signal)));
  withEngine(
    withRun(
      program
        .command('mcp')
        .description('serve assistants: the Model Context Protocol on standard input and output')
        .argument('[folder...]', 'folders whose files may be scanned; without, the working folder'),
    ),
  ).action((folders: string[], options: Flags) => perform((signal) => runMcp(folders, options, io, services, signal)));
  program
    .command('rules')
    .description('list what is looked for, the worst first')
    .addOption(new Option('--format <format>', 'how to list').choices(['text', 'json']).default('text'))
    .action((options: RulesOptions) => perform(() => runRules(options, io)));
  program
    .command('show')
    .description('explain one rule: what it means, what to do, an example')
    .argument('<rule>', 'its id, such as DYN-EXEC-SHELL')
    .action((rule: string) => perform(() => runShow(rule, io)));

  program
    .command('suppress')
    .description('write down that findings of one rule in one model were looked at and do not count')
    .argument('<rule>', 'its id, such as DYN-EXEC-SHELL')
    .argument('<model>', 'the model; the decision holds for its content')
    .requiredOption('--reason <text>', 'why, for whoever reviews it')
    .option('--by <name>', 'who decided')
    .option('--expires <day>', 'the last day on which it holds, such as 2026-12-31')
    .option('--file <file>', 'the suppressions file; it counts in a scan that names it', SUPPRESSIONS_FILE)
    .option('--quiet', 'no progress and no log')
    .option(...CONFIG_OPTION)
    .action((rule: string, model: string, options: SuppressOptions) =>
      perform((signal) => runSuppress(rule, model, options, io, services, signal)),
    );
  program
    .command('completion')
    .description('print a script that completes commands and flags in your shell')
    .addArgument(new Argument('<shell>', 'your shell').choices(COMPLETED_SHELLS))
    .addHelpText(
      'after',
      `
bash:  ${TOOL_NAME} completion bash > ~/.local/share/bash-completion/completions/${TOOL_NAME}
zsh:   ${TOOL_NAME} completion zsh > a file _${TOOL_NAME} in a folder of $fpath
fish:  ${TOOL_NAME} completion fish > ~/.config/fish/completions/${TOOL_NAME}.fish`,
    )
    .action((shell: CompletedShell) =>
      perform(async () => {
        await writeText(io.stdout, completionScript(program, shell, { show: ruleIds(), suppress: ruleIds() }));
        return NOTHING_FOUND;
      }),
    );

  withEngine(program.command('doctor').description('check that everything a scan needs is there')).action(
    (options: Flags) => perform(() => runDoctor(options, io, services)),
  );

  const image = program.command('image').description('build, list, extend or remove sandbox images');
  withEngine(
    image
      .command('build')
      .description('build sandbox images now rather than at the first scan')
      .addOption(new Option('--layer <layer>', 'only this one and what it stands on').choices(LAYERS))
      .option('--quiet', 'no progress'),
  ).action((options: BuildOptions) => perform((signal) => runImageBuild(options, io, services, signal)));
  withEngine(image.command('list').description('list the sandbox images of this machine')).action((options: Flags) =>
    perform(() => runImageList(options, io, services)),
  );
  image
    .command('add')
    .description('add Python packages that models need to the sandbox images')
    .argument('<package...>', 'names of PyPI, with a version if you like: xgboost or xgboost==3.0.0')
    .option(...REQUIREMENTS_OPTION)
    .option(...CONFIG_OPTION)
    .action((packages: string[], options: Flags) => perform(() => runImageAdd(packages, options, io)));
  withEngine(
    image
      .command('remove')
      .description('remove sandbox images that are out of date')
      .option('--all', "today's images too"),
  ).action((options: RemoveOptions) => perform(() => runImageRemove(options, io, services)));

  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    exitCode = error.exitCode === 0 ? NOTHING_FOUND : WRONG_USAGE;
    if (exitCode !== NOTHING_FOUND) await answerWrongUsage(argv, error.message, io);
  }
  if (help !== '') await writeText(io.stdout, help);
  return exitCode;
}

const GIT_DIFF = `
For git diff to show what changed in a model:
  git config diff.dynscan.textconv '${TOOL_NAME} inspect'
  echo '*.safetensors diff=dynscan' >> .gitattributes`;

const CONFIG_OPTION = ['--config <file>', 'settings file, in place of the nearest dynscan.json'] as const;

const REQUIREMENTS_OPTION = [
  '--requirements <file>',
  'Python packages to add to the sandbox image, in place of your own list',
] as const;

function withThreshold(command: Command): Command {
  return command.option(
    '--severity <severity>',
    `least severity that counts as found, and is listed in the text report: ${SEVERITIES.join(', ')}`,
  );
}

function failOnOption(): Option {
  return new Option('--fail-on <severity>', 'least severity that answers 1, apart from what is listed').choices([
    ...SEVERITIES,
    'never',
  ]);
}

/** What is scanned. */
function withPaths(command: Command): Command {
  return command
    .argument('[path...]', 'model files, or folders with models in them')
    .option(
      '--files-from <file>',
      'take paths from a list too, one a line or with zero bytes between; - for standard input',
    )
    .option('--exclude <pattern...>', 'leave out of folders what matches, as a line of .gitignore; may be given again')
    .option(
      '--exclude-from <file>',
      'the same by the lines of a file; a .dynscanignore that is not named leaves out too, and then the whole is not seen',
    );
}

/** Settings of reading and running models. */
function withRun(command: Command): Command {
  return command
    .option('--timeout <time>', 'wall time of one sandbox run, in seconds or as 2m')
    .option('--static-timeout <time>', 'wall time of reading one file before it is run, in seconds or as 2m')
    .option('--max-file-size <size>', 'scan no file larger than this, in bytes or as 2g; 0: no bound')
    .option('--skip-folders <name...>', 'folders of these names are not searched for models; none are by default')
    .option('--blacklist, --denylist <text...>', 'texts that no model may be called by, ask for or be configured with')
    .option('--weights <when>', 'statistics of the last layer: auto (not for large language models), on, off')
    .option('--jobs <number>', 'models scanned at once')
    .option('--memory <size>', 'memory of the sandbox, in MiB or as 2g')
    .option('--cpus <number>', 'processor share of the sandbox, in cores')
    .option('--nproc, --pids <number>', 'processes and threads in the sandbox')
    .option('--nofile <number>', 'open descriptors of each process in the sandbox')
    .option('--settle <time>', 'wall time that what the model started may go on after it, in seconds or as 1m')
    .option('--scratch <size>', 'size of each writable folder of the sandbox, in MiB or as 1g')
    .option('--trace-limit <size>', 'trace after which a run is stopped as flooding, in MiB or as 1g')
    .option('--timezone <zone>', 'time zone of the model, such as Europe/Berlin')
    .option(
      '--workspace-versions <folder>',
      'project or virtual environment whose Python and versions of packages the sandbox is to have; may be given again',
      (folder: string, before: string[] | undefined) => [...(before ?? []), folder],
    )
    .option('--cwd <folder>', 'working directory of the model, which it can read and not write')
    .option('--shared-folder <folder>', 'folder that the model finds as /shared, which it can read and not write');
}

function withEngine(command: Command): Command {
  return command
    .option(
      '--python <version>',
      "the sandbox image's Python, 3.8 to 3.14; auto: the one that made the model, where its file tells",
    )
    .option('--base-image <image>', 'what the sandbox image is built on')
    .option(...REQUIREMENTS_OPTION)
    .option('--runtime <name>', 'OCI runtime for sandboxes, such as runsc')
    .option('--docker-host <endpoint>', 'container engine, such as unix:///var/run/docker.sock')
    .option(...CONFIG_OPTION);
}

async function runMcp(
  folders: readonly string[],
  options: Flags,
  { cwd, stdin: input, stdout: output, stderr }: Io,
  { serveMcp }: Services,
  signal: AbortSignal,
): Promise<number> {
  const { settings, notes } = await settingsFrom(options, cwd);
  for (const note of notes) stderr.write(`${escapeLines(note)}\n`);
  const named = folders.length > 0 ? folders : ['.'];
  await serveMcp({ folders: named.map((folder) => resolve(cwd, folder)), settings, input, output, signal });
  return NOTHING_FOUND;
}

/** The first interrupt ends the work, with its containers; the second leaves at once. */
async function interruptible(io: Io, work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const controller = new AbortController();
  let by: Interrupt | undefined;
  const stopListening = io.onInterrupt((signal) => {
    if (by !== undefined) {
      io.exit(INTERRUPTED[by]);
      return;
    }
    by = signal;
    if (io.stderr.isTTY === true) io.stderr.write('\r\u001b[2KStopping; press Ctrl-C again to leave at once.\n');
    controller.abort();
  });
  try {
    return await work(controller.signal);
  } catch (error) {
    if (by === undefined) throw error;
    if (!isAbort(error)) io.stderr.write(`${describeError(error)}\n`);
    return INTERRUPTED[by];
  } finally {
    stopListening();
  }
}
