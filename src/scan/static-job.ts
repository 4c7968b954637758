/** What a static worker does with one file, and the messages by which it is told to: plain data that threads can pass. */
import type { Detection } from '../model/detect.js';
import { detectFile } from '../model/find.js';
import { openFile } from '../model/source.js';
import { UserError } from '../report/user-error.js';
import { analyseStatic, type StaticResult } from '../static/analyse.js';

export type StaticTask =
  | { readonly kind: 'detect'; readonly path: string }
  | { readonly kind: 'analyse'; readonly path: string; readonly detection: Detection };

/** What each kind of task answers. `stamp` tells which state of the file was read (`FileSource.stamp`). */
export interface StaticAnswers {
  readonly detect: Detection;
  readonly analyse: { readonly stamp: string; readonly result: StaticResult };
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
  const source = await openFile(task.path);
  try {
    return { stamp: source.stamp, result: await analyseStatic(source, task.detection) };
  } finally {
    await source.close();
  }
}
