/** The configuration of a model as Keras before 2.6 wrote it: `model.to_yaml()`. */
import { inflateSync } from 'node:zlib';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';
import { analyse } from '../support.js';
import hostile from './hostile.json' with { type: 'json' };

const bare: unknown = JSON.parse(inflateSync(Buffer.from(hostile['bare.json'], 'base64')).toString());
const layer = (activation: string) => ({
  backend: 'tensorflow',
  class_name: 'Sequential',
  config: { name: 's', layers: [{ class_name: 'Dense', config: { name: 'd', units: 1, activation } }] },
  keras_version: '2.2.4',
});

async function judged(text: string) {
  const { findings, gaps } = await analyse(Buffer.from(text), 'model.yaml');
  return { rules: findings.map(({ rule }) => rule), gaps };
}

describe('layers in YAML', () => {
  it('are judged as those in JSON', async () => {
    expect((await judged(stringify(bare))).rules).toContain('STATIC-KERAS-LAMBDA-CODE');
    // The arguments of a Lambda layer are a tuple.
    const tuple = stringify(bare).replace(/function:(?=\n)/, 'function: !!python/tuple');
    expect((await judged(tuple)).rules).toContain('STATIC-KERAS-LAMBDA-CODE');
  });

  it('are clean where they are harmless', async () => {
    expect(await judged(stringify(layer('relu')))).toEqual({ rules: [], gaps: [] });
  });

  it('are a gap where aliases multiply', async () => {
    const bombs = Array.from({ length: 12 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]`);
    const { gaps } = await judged(`a0: &a0 x\n${bombs.join('\n')}\n${stringify(layer('relu'))}`);
    expect(gaps.join('\n')).toContain('layers of Keras in it were not judged');
  });

  it('are no matter of a file that only has such a key', async () => {
    expect(await judged('class_name: Net\nsize: 3\n')).toEqual({ rules: [], gaps: [] });
  });
});
