/**
 * Every setting in words. The settings page of the editor begins with them, the JSON Schema of `dynscan.json` and
 * docs/settings.md are made from them.
 */
import type { Settings } from './settings.js';

export const SETTING_WORDS: Readonly<Record<keyof Settings, string>> = {
  severity:
    'The least severity that counts as found, for the exit code of the command and the list of its text report; the editor shows every finding. The verdict goes by all but `info`.',
  timeout: 'How long one model may run in the sandbox, in seconds. A run that is stopped for it is never judged clean.',
  settle: 'How long processes that the model started may go on after the model itself has ended, in seconds.',
  staticTimeout: 'How long reading one file may take before it is run, in seconds.',
  memory: 'Memory of the sandbox, in MiB, without swap.',
  cpus: 'Processor share of the sandbox, in cores.',
  pids: 'Processes and threads that may exist in the sandbox at once.',
  nofile: 'Files that each process in the sandbox may have open at once.',
  scratch: 'Size of each writable folder in the sandbox, in MiB. They live in memory and are gone after the run.',
  traceLimit: 'A run whose trace grows past this size is stopped as flooding, in MiB.',
  jobs: 'How many models are scanned at the same time.',
  denylist:
    'Texts that no model may be called by, ask for or hold in its configuration; plain parts of names, whatever their case.',
  weights: "Statistics of the last layer's weights that can point to a trojaned model.",
  skipFolders:
    'Names of folders that are not searched for models, wherever they lie. Nothing is skipped by default; a report names what was.',
  maxFileSize: 'Files larger than this many bytes are not scanned; 0 sets no bound.',
  python:
    'The Python of the sandbox image. `auto`: the one that the model was made with, where its file tells, else 3.13. A base image of your own has the Python that it has.',
  requirements:
    'List of Python packages (a requirements file) to add to the sandbox image. Empty: your own list, to which `dynscan image add` adds.',
  workspaceVersions:
    'Folders of projects or virtual environments: the sandbox has their Python and their exact versions of the packages that a model asks for (requirements.txt, pyproject.toml, uv.lock, environment.yml, .python-version, what is installed).',
  baseImage: 'The container image that the sandbox is built on: Debian 13 or newer, or a derivative.',
  dockerHost:
    "Address of the container engine, such as `unix:///var/run/docker.sock`. Empty: `DOCKER_HOST`, the `docker` command's current context, then the usual sockets.",
  runtime: "Container runtime for the sandbox, such as `runsc` for gVisor. Empty: the engine's default.",
  timezone: 'Time zone that the model finds, such as Europe/Berlin.',
  testCaseFolder: 'Folder of the workspace that holds the test cases; new ones are written there.',
  printTrace: 'Write the raw trace of each run to the log while it is made.',
  cwd: 'Folder that the model is started in, shown to it read-only. Empty: an empty folder of the sandbox.',
  sharedFolder: 'Folder that the model finds as /shared, read-only.',
  traceFile: 'File that the raw trace of a scan is written to, replacing an earlier one. Empty: none.',
  reportFile: 'File that the JSON report of a scan is written to, replacing an earlier one. Empty: none.',
};
