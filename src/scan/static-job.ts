/** What a static worker does with one file, and the messages by which it is told to: plain data that threads can pass. */
import { basename } from 'node:path';
import type { Settings } from '../config/settings.js';
import type { Detection } from '../model/detect.js';
import { detectFile } from '../model/find.js';
import { openModel } from '../model/source.js';
import { UserError } from '../report/user-error.js';
import { analyseStatic, type StaticResult } from '../static/analyse.js';
import type { ByteSource } from '../static/bytes.js';

/** What of the settings changes what reading finds. */
export type ReadingOptions = Pick<Settings, 'blacklist' | 'weights'>;

export type StaticTask =
  | { readonly kind: 'detect'; readonly path: string }
  | {
      readonly kind: 'analyse';
      readonly path: string;
      readonly detection: Detection;
      readonly options: ReadingOptions;
    };

export interface StaticAnswers {
  readonly detect: Detection;
  readonly analyse: StaticReading;
}

export interface StaticReading {
  /** Which state of the file was read (`FileSource.stamp`). */
  readonly stamp: string;
  /** Nothing beside the file was looked at: the same bytes mean the same elsewhere. */
  readonly alone: boolean;
  readonly result: StaticResult;
}

export interface StaticRequest {
  readonly id: number;
  readonly task: StaticTask;
}

export type StaticResponse =
  | { readonly id: number; readonly answer: StaticAnswers[StaticTask['kind']] }
  /** `user`: the message is for the person who asked. */
  | { readonly id: number; readonly error: { readonly user: boolean; readonly message: string } };

export async function answer({ id, task }: StaticRequest): Promise<StaticResponse> {
  try {
    return { id, answer: await perform(task) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { id, error: { user: error instanceof UserError, message } };
  }
}

async function perform(task: StaticTask): Promise<StaticAnswers[StaticTask['kind']]> {
  if (task.kind === 'detect') return detectFile(task.path);
  const source = await openModel(task.path, task.detection.format);
  try {
    let alone = true;
    const watched: ByteSource = {
      size: source.size,
      read: (offset, length) => source.read(offset, length),
      get folder() {
        alone = false;
        return source.folder;
      },
    };
    const result = await analyseStatic(watched, task.detection, {
      name: basename(task.path),
      ...task.options,
    });
    return { stamp: source.stamp, alone, result };
  } finally {
    await source.close();
  }
}
