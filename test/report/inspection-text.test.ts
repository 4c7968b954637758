import { describe, expect, it } from 'vitest';
import type { Inspection } from '../../src/core/inspection.js';
import { inspectionText, listText } from '../../src/report/inspection-text.js';

const EVIL = 'a\u202eb\n# layers\tx';
const INSPECTION: Inspection = {
  format: 'safetensors',
  detail: '',
  size: 12,
  frameworks: ['PyTorch'],
  facts: [{ name: 'Parameters', value: '8' }],
  lists: [
    {
      id: 'tensors',
      columns: [
        { title: 'Name', kind: 'code' },
        { title: 'Shape', kind: 'text' },
      ],
      rows: [{ cells: ['layer10', '2'] }, { cells: ['layer2', ''] }, { cells: [EVIL, '3 × 4'] }],
      omitted: 5,
    },
    {
      id: 'globals',
      columns: [
        { title: 'Name', kind: 'code' },
        { title: 'Byte', kind: 'number' },
      ],
      rows: [{ cells: ['os.system', 4711] }],
      omitted: 0,
    },
  ],
  pickles: [],
  arrays: [],
  texts: [{ name: 'template', text: 'one\r\n  two\u001b[31m' }],
  gaps: ['its end'],
};

describe('a model as text', () => {
  it('has a line for each thing, sorted, without the places that everything before them moves', () => {
    expect(inspectionText(INSPECTION, 'abc').split('\n')).toEqual([
      'format  SafeTensors',
      'size  12 bytes',
      'sha256  abc',
      'framework  PyTorch',
      'Parameters  8',
      'not read  its end',
      '',
      '# names it asks for',
      'os.system',
      '',
      '# tensors',
      'a\\u{202e}b\\n# layers\\tx  3 × 4',
      'layer2',
      'layer10  2',
      '… 5 more',
      '',
      '# template',
      'one',
      '  two\\x1b[31m',
      '',
    ]);
  });

  it('is a table of a list for the clipboard, whose cells stay in their columns', () => {
    const [tensors] = INSPECTION.lists;
    expect(tensors && listText(tensors)).toBe('Name\tShape\nlayer10\t2\nlayer2\t\na\\u{202e}b\\n# layers\\tx\t3 × 4\n');
  });
});
