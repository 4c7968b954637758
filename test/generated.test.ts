import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generatedFiles } from '../scripts/generated.mjs';

it.each(Object.entries(await generatedFiles()))(
  '%s says what the source says (node scripts/generated.mjs writes it)',
  (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  },
);
