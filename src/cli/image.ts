/** `dynscan image`: the sandbox images of this machine. */
import { pythonOf } from '../config/settings.js';
import { layersFor, type Layer } from '../docker/layers.js';
import { addRequirements } from '../docker/requirements.js';
import { escapeText } from '../core/escape.js';
import { formatBytes } from '../report/terminal.js';
import { NOTHING_FOUND } from './exit-code.js';
import { widthOf, writeText } from './io.js';
import type { Io, Services } from './io.js';
import { Progress } from './progress.js';
import { settingsFrom } from './settings.js';
import type { Flags } from './settings.js';

export interface BuildOptions extends Flags {
  readonly layer?: Layer;
  readonly quiet?: boolean;
}

/** Prints the tag of each image, one a line. */
export async function runImageBuild(
  options: BuildOptions,
  io: Io,
  { buildImage }: Services,
  signal: AbortSignal,
): Promise<number> {
  const { settings } = await settingsFrom(options, io.cwd);
  const layers = options.layer === undefined ? layersFor(pythonOf(settings)) : [options.layer];
  for (const layer of layers) {
    const progress = new Progress(io.stderr, { quiet: options.quiet === true, width: widthOf(io, io.stderr) });
    let tag: string;
    try {
      tag = await buildImage(settings, layer, (message) => progress.step(message), signal);
    } finally {
      progress.stop();
    }
    await writeText(io.stdout, `${escapeText(tag)}\n`);
  }
  return NOTHING_FOUND;
}

export async function runImageList(flags: Flags, io: Io, { listImages }: Services): Promise<number> {
  const { settings } = await settingsFrom(flags, io.cwd);
  const images = await listImages(settings);
  if (images.length === 0) {
    await writeText(io.stdout, 'No sandbox image on this machine. The first scan builds what it needs.\n');
    return NOTHING_FOUND;
  }
  const rows = [
    ['IMAGE', 'LAYER', 'SIZE', 'CREATED', 'STATE'],
    ...images.map(({ tag, layer, sizeBytes, created, current, used }) => [
      escapeText(tag),
      escapeText(layer),
      formatBytes(sizeBytes),
      escapeText(created),
      `${current ? 'current' : 'out of date'}${used ? ', in use' : ''}`,
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  await writeText(io.stdout, `${lines.join('\n')}\n`);
  return NOTHING_FOUND;
}

export interface RemoveOptions extends Flags {
  readonly all?: boolean;
}

export async function runImageRemove(options: RemoveOptions, io: Io, { removeImages }: Services): Promise<number> {
  const { settings } = await settingsFrom(options, io.cwd);
  const { removed, used } = await removeImages(settings, { all: options.all === true });
  const lines = [
    ...removed.map((tag) => `Removed ${escapeText(tag)}`),
    ...used.map((tag) => `Kept ${escapeText(tag)}: something still uses it`),
  ];
  await writeText(io.stdout, lines.length === 0 ? 'Nothing to remove.\n' : `${lines.join('\n')}\n`);
  return NOTHING_FOUND;
}

/** Adds Python packages to what the next scan puts into its image. */
export async function runImageAdd(packages: readonly string[], flags: Flags, io: Io): Promise<number> {
  const { settings } = await settingsFrom(flags, io.cwd);
  const { path, added, present } = await addRequirements(settings, packages);
  const lines = [
    ...added.map((name) => `Added ${escapeText(name)} to ${escapeText(path)}; the next scan rebuilds its image.`),
    ...present.map((name) => `${escapeText(path)} has ${escapeText(name)} already; change it there.`),
  ];
  await writeText(io.stdout, `${lines.join('\n')}\n`);
  return NOTHING_FOUND;
}
