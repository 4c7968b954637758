/** package.json as VS Code reads it: texts are `%key%`s, whose words are in package.nls.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const root = join(import.meta.dirname, '..');
const KEY = /^%([\w.-]+)%$/;

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** As it is written. */
export function rawManifest(): Json {
  return z.json().parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
}

/** The English words, by key. */
export function manifestWords(): Readonly<Record<string, string>> {
  return z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(join(root, 'package.nls.json'), 'utf8')));
}

/** With the English words in place; a key that has none stays. */
export function readManifest(): Json {
  const words = manifestWords();
  return mapTexts(rawManifest(), (text) => words[keyOf(text) ?? ''] ?? text);
}

/** The key when a text stands for words of package.nls.json. */
export function keyOf(text: string): string | undefined {
  return KEY.exec(text)?.[1];
}

function mapTexts(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one: Json) => mapTexts(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, mapTexts(one, change)]));
}
