/** An image build by the engine, and its progress messages. */
import type Docker from 'dockerode';
import * as z from 'zod';
import type { BuildLog } from './build-log.js';
import type { Engine } from './engine.js';
import { sandboxFolder } from './image.js';

export interface EngineBuild {
  readonly engine: Engine;
  readonly signal: AbortSignal;
  readonly log: BuildLog;
}

/** Builds an image with the engine; all output goes to the log, each line with text to `onLine`. Throws the error of the step that failed. */
export async function runBuild(
  { engine, signal, log }: EngineBuild,
  files: readonly string[],
  options: Docker.ImageBuildOptions,
  onLine: (line: string) => void,
): Promise<void> {
  const stream = await engine.under(signal, 'patient').buildImage(
    { context: sandboxFolder(), src: [...files] },
    {
      ...options,
      // Package mirrors are reached from the host's network; only here, never in a scan.
      networkmode: 'host',
      // Of a build that fails or is stopped, no container stays.
      forcerm: true,
    },
  );
  await followProgress(stream, (message) => {
    const text = message.stream ?? message.status ?? message.error ?? '';
    log.write(text);
    if (message.error) throw new Error(message.error);
    const line = text.trim();
    if (line !== '') onLine(line);
  });
}

const progressSchema = z.object({
  stream: z.string().optional(),
  status: z.string().optional(),
  error: z.string().optional(),
});

/** Characters of one line of progress, and of all messages of one build. */
const MAX_PROGRESS_LINE = 1024 * 1024;
const MAX_PROGRESS = 256 * 1024 * 1024;

/** Reads an engine's stream of JSON lines to its end; what `onMessage` throws ends it. */
export async function followProgress(
  stream: NodeJS.ReadableStream,
  onMessage: (message: z.infer<typeof progressSchema>) => void,
): Promise<void> {
  let rest = '';
  let left = MAX_PROGRESS;
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    left -= chunk.length;
    if (rest.length > MAX_PROGRESS_LINE || left < 0) throw new Error('the engine says more than any build does');
    for (const line of lines) handle(line);
  }
  handle(rest);

  function handle(line: string): void {
    if (line.trim() === '') return;
    let json: unknown;
    try {
      json = JSON.parse(line);
    } catch {
      throw new Error('the engine does not say how it goes on in its format');
    }
    const parsed = progressSchema.safeParse(json);
    if (parsed.success) onMessage(parsed.data);
  }
}
