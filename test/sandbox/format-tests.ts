/** The tests of formats with their own libraries: what test/formats/ makes in the image of a layer, scanned for real. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Layer } from '../../src/docker/layers.js';
import type { ScanReport } from '../../src/core/schema.js';
import { makeCases, type FormatCase } from './format-cases.js';
import { scan, scratch } from './support.js';

/** Formats in which no code was found that runs without anybody's help: SafeTensors holds numbers, TensorFlow Lite a fixed list of operations on numbers. */
const WITHOUT_CODE: ReadonlySet<string> = new Set(['safetensors', 'tflite']);

/** Seconds: on a busy machine TensorFlow alone takes a minute to import. */
const PATIENT = { settings: { timeout: 200 } };

export async function testFormats(layers: readonly Layer[]): Promise<void> {
  const cases: FormatCase[] = [];
  for (const layer of layers) cases.push(...(await makeCases(layer, join(scratch, 'formats', layer))));

  describe('the cases', () => {
    it('have a harmless model and broken ones of each format, and every format that can hold code has a hostile twin', () => {
      const formats = [...new Set(cases.map(({ format }) => format))];
      for (const format of formats) {
        const kinds = new Set(cases.filter((entry) => entry.format === format).map(({ kind }) => kind));
        expect([format, kinds.has('harmless'), kinds.has('broken')]).toEqual([format, true, true]);
        expect([format, kinds.has('hostile')]).toEqual([format, !WITHOUT_CODE.has(format)]);
      }
    });
  });

  describe.each(cases.filter(({ kind }) => kind === 'harmless'))('$format, harmless: $name', (entry) => {
    it('is loaded and used, and nothing stands out', async () => {
      const report = await scan(entry.path, PATIENT);
      expect(report.model.format).toBe(entry.format);
      const over = report.findings.filter(
        ({ severity, rule }) => severity !== 'info' && !entry.expected.includes(rule),
      );
      expect(over).toEqual([]);
      expect(report.verdict).toBe(entry.verdict);
      expect(report.load.outcome).toBe('loaded');
      for (const use of entry.used) expect(report.load.notUsed ?? []).not.toContainEqual(expect.stringContaining(use));
    });
  });

  describe.each(cases.filter(({ kind }) => kind === 'hostile'))('$format, hostile: $name', (entry) => {
    it(`shows by its rules`, async () => {
      const report = await scan(entry.path, PATIENT);
      expect(rulesOf(report)).toEqual(expect.arrayContaining(entry.expected));
      expect(report.verdict).toBe(entry.verdict);
    });
  });

  describe.each(cases.filter(({ kind }) => kind === 'broken'))('$format, broken: $name', (entry) => {
    it('is never clean', async () => {
      const report = await scan(entry.path);
      expect(report.verdict).not.toBe('clean');
      expect(report.reasons.length).toBeGreaterThan(0);
    });
  });
}

/** Each rule by itself, and with the phase that it showed in. */
function rulesOf({ findings }: ScanReport): string[] {
  return findings.flatMap(({ rule, phase }) => (phase === undefined ? [rule] : [rule, `${rule}@${phase}`]));
}
