export { SAMPLES } from './list.mjs';
export function makeSamples(folder: string): string[];
