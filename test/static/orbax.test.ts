import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/config/settings.js';
import type { ScanReport } from '../../src/core/schema.js';
import { scanPaths } from '../../src/scan/scan.js';

const folder = mkdtempSync(join(tmpdir(), 'dynscan-orbax-'));
process.env['DYNSCAN_CACHE'] = join(folder, 'cache');
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** As Orbax 0.5.23 wrote it. */
const MANIFEST = Buffer.from(
  'DNs6KnEAAAAAAAAAAAEotS/9IFaxAgBmquK1MqS/gC++EGLLRAooAIAIgMLXLwQBAAAAAAEiAGQvYWY3YTQ5MjJjNTlhYmIxM2VkMDdkMjhjODliMDIyZmMBAQAAAJsCBJsCAKOxd9evkuwYAPtUN78=',
  'base64',
);
const METADATA = '{"tree_metadata": {"(\'w\',)": {"key_metadata": [{"key": "w", "key_type": 2}]}}, "use_ocdbt": true}';

let number = 0;
async function scan(files: Readonly<Record<string, string | Buffer>>): Promise<readonly ScanReport[]> {
  const root = join(folder, String(number++));
  for (const [name, content] of Object.entries({ _METADATA: METADATA, ...files })) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
  const { scans } = await scanPaths(
    { paths: [root], folders: [], settings: DEFAULT_SETTINGS, staticOnly: false },
    { signal: new AbortController().signal, onEvent: () => undefined },
  );
  return scans;
}

const NODE = Buffer.from('0cdb20de1801000000000000', 'hex');
const CHUNK = `d/${'0a'.repeat(16)}`;

it('a checkpoint is one model, clean without being run', async () => {
  const scans = await scan({
    'manifest.ocdbt': MANIFEST,
    'ocdbt.process_0/manifest.ocdbt': MANIFEST,
    [CHUNK]: NODE,
    _CHECKPOINT_METADATA: '{"item_handlers": "orbax.checkpoint.PyTreeCheckpointHandler"}',
  });
  expect(scans.map(({ model, verdict }) => [model.format, verdict])).toEqual([['orbax', 'clean']]);
});

it('a pickle among its arrays is found, and one beside them is a model of its own', async () => {
  const evil = "cos\nsystem\n(S'id'\ntR.";
  const inside = await scan({ 'manifest.ocdbt': MANIFEST, [CHUNK]: evil });
  expect(inside.map(({ model, verdict }) => [model.format, verdict])).toEqual([['orbax', 'malicious']]);
  expect(inside[0]?.findings[0]?.evidence[0]?.member).toBe(CHUNK);
  const beside = await scan({ 'manifest.ocdbt': MANIFEST, 'other.pkl': 'N.' });
  expect(beside.map(({ model }) => model.format).sort()).toEqual(['orbax', 'pickle']);
});

it('one whose manifest is cut off is not clean', async () => {
  const [report] = await scan({ 'manifest.ocdbt': MANIFEST.subarray(0, 100) });
  expect(report?.verdict).toBe('inconclusive');
  expect(report?.reasons.join()).toContain('manifest says that it has 113 bytes, and has 100');
});
