import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { zip } from '../../../samples/assemble.mjs';
import { findModels } from '../../../src/model/find.js';
import { analyse, detectFile } from '../../static/support.js';

// As `text_format.MessageToString` of TensorFlow 2 writes them.
const constant = (name: string, value: string) => `node {
  name: "${name}"
  op: "Const"
  attr {
    key: "dtype"
    value {
      type: DT_STRING
    }
  }
  attr {
    key: "value"
    value {
      tensor {
        dtype: DT_STRING
        tensor_shape {
        }
        string_val: "${value}"
      }
    }
  }
}
`;
const write = `node {
  name: "write"
  op: "WriteFile"
  input: "path"
  input: "path"
}
`;
const hostile = `${constant('path', '/nonexistent/.bashrc')}${write}versions {\n  producer: 1987\n}\n`;
const harmless = `${constant('words', 'a\\n\\303\\251')}node {
  name: "y"
  op: "Identity"
  input: "words"
}
`;

describe('a graph written as text', () => {
  it.each([
    ['as it is', hostile],
    ['behind comments', `# proto-file: x\n\n  # and more\n${hostile}`],
    ['with other brackets and colons', hostile.replace(/(\w) \{/g, '$1: <').replace(/\}/g, '>')],
    ['with commas', hostile.replace(/("|\})\n/g, '$1,\n')],
    [
      'with texts in pieces and escapes',
      hostile.replace('"/nonexistent/.bashrc"', `"/none" 'xistent'\n "/.\\x62\\141shrc"`),
    ],
    [
      'with lists of messages',
      hostile
        .replace(/^node \{/, 'node: [{')
        .replace(/\}\nnode \{/, '}, {')
        .replace(/\}\nversions/, '}]\nversions'),
    ],
    ['with an operation in pieces', hostile.replace('"WriteFile"', `"Write" "File"`)],
    [
      'with fields that are not known',
      hostile.replace('op: "WriteFile"', 'op: "WriteFile" x { y: [1, -2.5e3, {z: "a"}] }'),
    ],
  ])('shows what it writes: %s', async (_, text) => {
    const { findings, gaps } = await analyse(text, 'graph.pbtxt');
    expect(gaps).toEqual([]);
    expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([['STATIC-TF-WRITE', 'critical']]);
    expect(findings[0]?.explanation).toContain("writes the file '/nonexistent/.bashrc'");
    expect(findings[0]?.evidence[0]?.offset).toBeGreaterThan(text.indexOf('"path"'));
  });

  it('is recognised by its content, not by its name', async () => {
    expect((await analyse(hostile, 'model.dat')).rules).toEqual(['STATIC-TF-WRITE']);
    expect((await analyse(zip([{ name: 'x', data: Buffer.from(hostile), method: 8 }]))).rules).toEqual([
      'STATIC-TF-WRITE',
    ]);
  });

  it('shows the functions of its library', async () => {
    const body = write.replace('node {', 'node_def {').replaceAll('"path"', '"p:output:0"');
    const text = `library {\n  function {\n    signature {\n      name: "f"\n    }\n    ${constant('p', '/x').replace('node {', 'node_def {')}${body}  }\n}\n`;
    expect((await analyse(text, 'graph.pbtxt')).rules).toEqual(['STATIC-TF-WRITE']);
  });

  it('shows those of a meta graph and of a SavedModel, and their assets', async () => {
    const meta = `meta_info_def {\n}\ngraph_def {\n${hostile}}\n`;
    expect((await analyse(meta, 'model.meta')).rules).toEqual(['STATIC-TF-WRITE']);
    const asset = `collection_def {
  key: "saved_model_assets"
  value {
    any_list {
      value {
        [type.googleapis.com/tensorflow.AssetFileDef] {
          tensor_info {
            name: "path:0"
          }
          filename: "../../etc/passwd"
        }
      }
    }
  }
}
`;
    const saved = `saved_model_schema_version: 1\nmeta_graphs {\n${meta}${asset}}\n`;
    expect((await analyse(saved, 'x.pbtxt')).rules).toEqual(['STATIC-TF-ASSET-PATH', 'STATIC-TF-WRITE']);
  });

  it('that is harmless has no finding and no gap', async () => {
    const { findings, gaps } = await analyse(harmless, 'graph.pbtxt');
    expect({ findings, gaps }).toEqual({ findings: [], gaps: [] });
  });

  it('that is cut off, or nested too deep, is never clean', async () => {
    for (let size = 20; size < hostile.length - 30; size += 13) {
      const part = hostile.slice(0, size);
      // Between two nodes it is a whole graph.
      if (part.split('{').length === part.split('}').length) continue;
      const { findings, gaps } = await analyse(part, 'graph.pbtxt');
      expect(gaps.length + findings.length, String(size)).toBeGreaterThan(0);
    }
    expect((await analyse(`node { ${'attr { value { func { '.repeat(50_000)}`, 'graph.pbtxt')).gaps).not.toEqual([]);
    expect((await analyse(`node { ${'attr { } '.repeat(300_000)} }`, 'graph.pbtxt')).gaps.join()).toMatch(
      /more values/,
    );
  });

  it('is a model that a folder is searched for, and no other text is', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dynscan-text-'));
    await writeFile(
      join(folder, 'saved_model.pbtxt'),
      `saved_model_schema_version: 1\nmeta_graphs {\ngraph_def {\n${hostile}}\n}\n`,
    );
    await writeFile(join(folder, 'notes.txt'), 'node: a point where lines meet { see below }\n');
    const { models } = await findModels([folder], { detect: detectFile });
    await rm(folder, { recursive: true });
    expect(models.map(({ detection }) => detection.format)).toEqual(['graph-text']);
  });
});
