/** What the Sandbox view shows of the engine, the images and the running scans. Independent of VS Code. */
import type { ListedImage } from '../docker/image-list.js';
import type { Diagnosis } from './app.js';

export type SandboxNode =
  | {
      readonly kind: 'head';
      readonly id: 'scans' | 'images' | 'outdated';
      readonly children: readonly SandboxNode[];
    }
  | { readonly kind: 'check'; readonly check: Diagnosis }
  | { readonly kind: 'image'; readonly image: ListedImage }
  /** An image profile without an image of the current files; a scan that needs it builds it. */
  | { readonly kind: 'unbuilt'; readonly layer: string }
  | { readonly kind: 'scan'; readonly scan: RunningScan };

export interface RunningScan {
  /** The model's URI as text. */
  readonly key: string;
  readonly state: 'queued' | 'scanning';
  /** What it does and has found. */
  readonly message: string;
  /** Its steps, with the one that it is at. */
  readonly steps: string;
}

export interface SandboxFacts {
  readonly checks: readonly Diagnosis[];
  readonly images: readonly ListedImage[];
  readonly layers: readonly string[];
}

/** Facts are absent while nothing is known; the view's welcome text reports a missing engine. */
export function sandboxNodes(facts: SandboxFacts | undefined, scans: readonly RunningScan[]): SandboxNode[] {
  const running: SandboxNode[] =
    scans.length === 0
      ? []
      : [
          {
            kind: 'head',
            id: 'scans',
            children: scans.map((scan) => ({ kind: 'scan', scan })),
          },
        ];
  if (!facts || !engineAnswers(facts)) return running;
  const { checks, images, layers } = facts;
  const built = new Set(images.filter(({ current }) => current).map(({ layer }) => layer));
  const unbuilt = layers.filter((layer) => !built.has(layer));
  const listed = (wanted: boolean): SandboxNode[] =>
    images
      .filter(({ current }) => current === wanted)
      .sort((one, other) => (one.tag < other.tag ? -1 : 1))
      .map((image) => ({ kind: 'image', image }));
  const outdated = listed(false);
  return [
    ...running,
    // What the images are is listed below.
    ...checks.filter(({ name }) => name !== 'Sandbox images').map((check) => ({ kind: 'check', check }) as const),
    {
      kind: 'head',
      id: 'images',
      children: [...listed(true), ...unbuilt.map((layer) => ({ kind: 'unbuilt', layer }) as const)],
    },
    ...(outdated.length > 0 ? [{ kind: 'head', id: 'outdated', children: outdated } as const] : []),
  ];
}

/** The first check is that of the engine; without one there are no others. */
export function engineAnswers({ checks }: SandboxFacts): boolean {
  return checks[0]?.ok === true;
}
