/** The command line: arguments to commands, errors to messages, results to exit codes. */
import { Command, CommanderError, Option } from 'commander';
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
import { INTERRUPTED, NOTHING_FOUND, NOT_COMPLETED, OUTPUT_CLOSED } from './exit-code.js';
import { runExplain } from './explain.js';
import type { ExplainOptions } from './explain.js';
import { runImageAdd, runImageBuild, runImageList, runImageRemove } from './image.js';
import type { BuildOptions, RemoveOptions } from './image.js';
import { ClosedOutputError, writeText } from './io.js';
import type { Interrupt, Io, Services } from './io.js';
import { runImportConfig } from './import-config.js';
import type { ImportOptions } from './import-config.js';
import { KINDS } from '../testcase/template.js';
import { kindsInWords, runNewTestCase } from './new-test-case.js';
import type { NewTestCaseOptions } from './new-test-case.js';
import { answerWrongUsage, runScan } from './scan.js';
import type { ScanOptions } from './scan.js';
import type { Flags } from './settings.js';

const EXIT_CODES = `
Exit codes:
  0  all was seen, and no finding is at or over the threshold (--severity)
  1  findings at or over the threshold
  2  not everything could be seen, or the request made no sense`;

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
    return NOT_COMPLETED;
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

  const scan = program
    .command('scan')
    .description('load models in a sandbox and explain what they do')
    .argument('<path...>', 'model files, or folders with models in them')
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
    .option('--verbose', 'in the text report all of every finding, and how long each part took')
    .addHelpText('after', EXIT_CODES);
  withThreshold(withEngine(withRun(scan))).action((paths: string[], options: ScanOptions) =>
    perform((signal) => runScan(paths, options, io, services, signal)),
  );

  const baseline = program.command('baseline').description('keep what is found today, to see later what is new');
  withEngine(
    withRun(
      baseline
        .command('write')
        .description('scan models and write their findings to a baseline')
        .argument('<path...>', 'model files, or folders with models in them')
        .option('--output <file>', 'the baseline; an earlier one is replaced, another file is not', BASELINE_FILE)
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
      .description('explain a log made anywhere with `strace -f`')
      .argument('<file>', 'the log; - for standard input')
      .addOption(new Option('--format <format>', 'how to report').choices(['text', 'json']).default('text')),
  )
    .option(...CONFIG_OPTION)
    .addHelpText('after', EXIT_CODES)
    .action((file: string, options: ExplainOptions) => perform((signal) => runExplain(file, options, io, signal)));

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
    exitCode = error.exitCode === 0 ? NOTHING_FOUND : NOT_COMPLETED;
    if (exitCode !== NOTHING_FOUND) await answerWrongUsage(argv, error.message, io);
  }
  if (help !== '') await writeText(io.stdout, help);
  return exitCode;
}

const CONFIG_OPTION = ['--config <file>', 'settings file, in place of the nearest dynscan.json'] as const;

const REQUIREMENTS_OPTION = [
  '--requirements <file>',
  'Python packages to add to the sandbox image, in place of your own list',
] as const;

function withThreshold(command: Command): Command {
  return command.option('--severity <severity>', `least severity that counts as found: ${SEVERITIES.join(', ')}`);
}

/** Settings of reading and running models. */
function withRun(command: Command): Command {
  return command
    .option('--timeout <seconds>', 'wall time of one sandbox run')
    .option('--static-timeout <seconds>', 'wall time of reading one file before it is run')
    .option('--max-file-size <bytes>', 'scan no file larger than this; 0: no bound')
    .option('--skip-folders <name...>', 'folders of these names are not searched for models; none are by default')
    .option('--blacklist, --denylist <text...>', 'texts that no model may be called by, ask for or be configured with')
    .option('--weights <when>', 'statistics of the last layer: auto (not for large language models), on, off')
    .option('--jobs <number>', 'models scanned at once')
    .option('--memory <MiB>', 'memory of the sandbox')
    .option('--cpus <number>', 'processor share of the sandbox, in cores')
    .option('--nproc, --pids <number>', 'processes and threads in the sandbox')
    .option('--nofile <number>', 'open descriptors of each process in the sandbox')
    .option('--settle <seconds>', 'wall time that what the model started may go on after it')
    .option('--scratch <MiB>', 'size of each writable folder of the sandbox')
    .option('--trace-limit <MiB>', 'trace after which a run is stopped as flooding')
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
