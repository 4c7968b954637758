/** The tasks of a reader process on one file, and the messages of requests and answers: plain data that processes can pass. */
import { basename } from 'node:path';
import type { Settings } from '../config/settings.js';
import { distributionOf } from '../docker/distributions.js';
import { detectFormat, type Detection } from '../detect/detect.js';
import {
  folderAt,
  folderWith,
  isSettled,
  openFile,
  openModel,
  sha256,
  type FileFolder,
  type FileSource,
} from '../model/source.js';
import { escapeText } from '../core/escape.js';
import { inspectionText } from '../report/inspection-text.js';
import { UserError } from '../core/user-error.js';
import { analyseOwnCode, analyseStatic, type AnalyseOptions, type ProjectCode } from '../static/analyse.js';
import { bytesSource, type ByteSource, type Folder } from '../readers/bytes.js';
import type { Discovery } from '../static/collected.js';
import type { ArrayPlace, ArrayValues, Inspection, PickleLocation } from '../core/inspection.js';
import { glimpse, inspect } from '../static/inspect/inspect.js';
import { listPickle, type ListingPage, type PageWanted } from '../static/inspect/listing.js';
import { readArray } from '../static/inspect/values.js';
import { PICKLE_TELLING } from '../static/pickle/pickle-judge.js';
import type { FirstWalk } from '../readers/pickle/first.js';
import { nameOfError, type SkippedUnit, type UnitPath } from '../readers/units.js';
import { clock } from './clock.js';
import { readProject, type Project } from './project.js';

/** The settings that change the findings of a reading. */
export type ReadingOptions = Pick<Settings, 'denylist' | 'weights'> & Pick<AnalyseOptions, 'unloaded' | 'sidecar'>;

export type StaticTask =
  | { readonly kind: 'detect'; readonly path: string }
  | {
      readonly kind: 'analyse';
      readonly path: string;
      readonly detection: Detection;
      readonly options: ReadingOptions;
      /** Seconds that reading may take. */
      readonly limit: number;
      readonly skip: readonly SkippedUnit[];
    }
  | {
      readonly kind: 'own-code';
      /** The model, whose folder is the first that modules are taken from. */
      readonly path: string;
      /** The other folders, and the beginning of their files' names in findings. */
      readonly folders: readonly { readonly path: string; readonly label: string }[];
      readonly globals: readonly string[];
      readonly modules: readonly string[];
      readonly options: Pick<Settings, 'denylist'>;
      readonly limit: number;
      readonly skip: readonly SkippedUnit[];
    }
  /** Folders of a project, or virtual environments. */
  | { readonly kind: 'project'; readonly folders: readonly string[] }
  | { readonly kind: 'inspect'; readonly file: TaskFile }
  /** What its begin tells at once, for a file that takes seconds to be read. */
  | { readonly kind: 'glimpse'; readonly file: TaskFile }
  /** What is in it as text, with the hash of its content. */
  | { readonly kind: 'describe'; readonly file: TaskFile }
  | { readonly kind: 'array'; readonly file: TaskFile; readonly array: ArrayPlace }
  | { readonly kind: 'list'; readonly file: TaskFile; readonly place: PickleLocation; readonly wanted: PageWanted };

/** A file of this machine, or the bytes of one that is elsewhere. */
export type TaskFile = { readonly path: string } | { readonly bytes: Uint8Array; readonly name: string };

export interface StaticAnswers {
  readonly detect: Detection;
  readonly analyse: StaticReading;
  readonly 'own-code': ProjectCode;
  readonly project: Project;
  readonly inspect: Inspection;
  readonly glimpse: { readonly inspection: Inspection | undefined };
  readonly describe: { readonly text: string };
  readonly array: ArrayValues;
  readonly list: ListingPage;
}

export interface StaticReading {
  /** Which state of the file was read (`FileSource.stamp`). */
  readonly stamp: string;
  /** Nothing beside the file was looked at: the same bytes mean the same elsewhere. */
  readonly alone: boolean;
  /** Names of the files beside it that were opened, and which state of each was read; the last, if it was opened again. */
  readonly beside: readonly (readonly [name: string, stamp: string])[];
  /** Something was left out for want of time or memory, or because a reader failed: another reading may see it. */
  readonly incomplete: boolean;
}

export interface StaticRequest {
  readonly id: number;
  readonly task: StaticTask;
}

export type StaticResponse =
  | { readonly id: number; readonly found: Discovery }
  | { readonly id: number; readonly at: CurrentUnit }
  | { readonly id: number; readonly answer: StaticAnswers[StaticTask['kind']] }
  | { readonly id: number; readonly error: Failure };

/** The unit that is being read, and its deadline on `clock`. */
export interface CurrentUnit {
  readonly path: UnitPath;
  readonly deadline: number;
}

export interface Failure {
  /** Whether the message is for the user. */
  readonly user: boolean;
  readonly message: string;
}

export function failure(error: unknown): Failure {
  if (error instanceof UserError) return { user: true, message: error.message };
  return { user: false, message: nameOfError(error) };
}

/** `tell` gets each finding when it is made, and each unit when it begins: the answer does not repeat them. */
export async function answer(
  { id, task }: StaticRequest,
  tell: (response: StaticResponse) => void,
): Promise<StaticResponse> {
  try {
    const hooks: Hooks = {
      onFound: (found) => {
        tell({ id, found });
      },
      onUnit: (path, deadline) => {
        tell({ id, at: { path, deadline } });
      },
    };
    return { id, answer: await perform(task, hooks) };
  } catch (error) {
    return { id, error: failure(error) };
  }
}

interface Hooks {
  readonly onFound: (found: Discovery) => void;
  readonly onUnit: (path: UnitPath, deadline: number) => void;
}

/** The file that was detected last: it is usually analysed next, and its first pickle need not be walked again. */
let last: { readonly file: FileSource; readonly first: FirstWalk | undefined } | undefined;

async function perform(task: StaticTask, hooks: Hooks): Promise<StaticAnswers[StaticTask['kind']]> {
  switch (task.kind) {
    case 'detect':
    case 'analyse':
      return judge(task, hooks);
    case 'own-code':
      return readCode(task, hooks);
    case 'project':
      return readProject(task.folders);
    case 'inspect':
      return withFile(task.file, async (source, name) =>
        inspect(source, await detectFormat(source, { name }), { name }),
      );
    case 'glimpse':
      return withFile(task.file, async (source) => ({ inspection: await glimpse(source) }));
    case 'describe':
      return withFile(task.file, async (source, name) => {
        const inspection = await inspect(source, await detectFormat(source, { name }), { name });
        return { text: inspectionText(inspection, await sha256(source)) };
      });
    case 'array':
      return withFile(task.file, async (source, name) => {
        const values = await readArray(source, task.array);
        if (values) return values;
        throw new UserError(
          `The array is not in ${escapeText(name)} any more. Open the model again to see what is in it now.`,
        );
      });
    case 'list':
      return withFile(task.file, async (source, name) => {
        const page = await listPickle(source, await detectFormat(source, { name }), task.place, task.wanted);
        if (page) return page;
        throw new UserError(
          `There is no pickle ${task.place.member ?? ''} in ${escapeText(name)} any more. Open the model again to see what is in it now.`,
        );
      });
  }
}

async function withFile<T>(file: TaskFile, use: (source: ByteSource, name: string) => Promise<T>): Promise<T> {
  if ('bytes' in file) return use(bytesSource(file.bytes), file.name);
  const source = await openFile(file.path);
  try {
    return await use(source, basename(file.path));
  } finally {
    await source.close();
  }
}

async function judge(
  task: StaticTask & { kind: 'detect' | 'analyse' },
  hooks: Hooks,
): Promise<Detection | StaticReading> {
  const before = last;
  last = undefined;
  const file = await (task.kind === 'detect' ? openFile(task.path) : openModel(task.path, task.detection.format));
  try {
    if (task.kind === 'detect') {
      const source = { ...contentOf(file), ...(file.folder ? { folder: file.folder } : {}) };
      let first: FirstWalk | undefined;
      const onWalked = (walked: FirstWalk): void => void (first = walked);
      const reader = { rules: PICKLE_TELLING, onWalked };
      const detection = await detectFormat(source, { name: basename(task.path), reader });
      last = { file, first };
      return detection;
    }
    let alone = true;
    const beside = new Map<string, string>();
    const folder = file.folder && noting(file.folder, beside);
    const watched: ByteSource = {
      ...contentOf(file),
      get folder() {
        alone = false;
        return folder;
      },
    };
    const isSame = before && before.file.path === file.path && before.file.stamp === file.stamp && isSettled(file);
    const { incomplete } = await analyseStatic(watched, task.detection, {
      name: basename(task.path),
      ...task.options,
      first: isSame ? before.first : undefined,
      clock,
      limit: task.limit * 1000,
      skip: task.skip,
      ...hooks,
    });
    return { stamp: file.stamp, alone, beside: [...beside], incomplete };
  } finally {
    await file.close();
  }
}

async function readCode(task: StaticTask & { kind: 'own-code' }, hooks: Hooks): Promise<ProjectCode> {
  const places = [
    { folder: await folderWith(task.path), label: '' },
    ...task.folders.map(({ path, label }) => ({ folder: folderAt(path), label })),
  ];
  return analyseOwnCode(places, {
    globals: task.globals,
    modules: task.modules,
    isPublished: (top) => distributionOf(top) !== undefined,
    denylist: task.options.denylist,
    clock,
    limit: task.limit * 1000,
    skip: task.skip,
    ...hooks,
  });
}

/** The folder, with a note of what is opened in it. */
function noting(folder: FileFolder, opened: Map<string, string>): Folder {
  return {
    list: (name) => folder.list(name),
    leadsOutside: (name) => folder.leadsOutside(name),
    open: (name, use) =>
      folder.open(name, (file) => {
        opened.set(name, file.stamp);
        return use(file);
      }),
  };
}

function contentOf(file: FileSource): ByteSource {
  return { size: file.size, read: (offset, length) => file.read(offset, length) };
}
