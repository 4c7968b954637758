export interface Seed {
  readonly name: string;
  readonly bytes: Buffer;
}
export const EVERY_OPCODE: Buffer;
export function keptFiles(): Promise<Seed[]>;
export function madeFiles(): Seed[];
export function pickleSeeds(more?: readonly Uint8Array[]): Promise<Buffer[]>;
export function generator(seed: number): (below: number) => number;
export function mutator(seed: number, seeds: readonly Uint8Array[]): () => Buffer;
export function mutationAt(seed: number, number: number, seeds: readonly Uint8Array[]): Buffer;
