import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it, describe } from 'vitest';
import { NOTHING_STOOD_OUT } from '../../src/core/verdict.js';
import { containers, dynamicFindings, model, scan } from './support.js';

const harmless = readdirSync(dirname(model('harmless', 'x')));
const carriers = readdirSync(dirname(model('hostile', 'x'))).filter((name) => name.startsWith('id'));

describe('a harmless model saved by the real library', () => {
  it.each(harmless)('%s is clean, with no finding, loaded and used', async (name) => {
    const report = await scan(model('harmless', name));
    expect(report.findings).toEqual([]);
    expect(report.reasons).toEqual([NOTHING_STOOD_OUT]);
    expect(report.verdict).toBe('clean');
    expect(report.load.outcome).toBe('loaded');
    expect(report.trace.unparsed).toBe(0);
    expect(report.trace.lines).toBeGreaterThan(100);
  });
});

describe('its hostile twin that runs `id`', () => {
  it('exists for each carrier', () => {
    expect(carriers.sort()).toEqual([
      'id-compressed.joblib',
      'id-legacy.pth',
      'id-protocol-0.pkl',
      'id.cloudpickle',
      'id.dill',
      'id.joblib',
      'id.npy',
      'id.npz',
      'id.pkl',
      'id.pt',
    ]);
  });

  it.each(carriers)('%s is malicious, by the sandbox alone, and the process start names the command', async (name) => {
    const report = await scan(model('hostile', name));
    expect(report.verdict).toBe('malicious');
    const starts = dynamicFindings(report).filter(({ category }) => category === 'execution');
    const shell = starts.find(({ rule }) => rule === 'DYN-EXEC-SHELL');
    expect(shell?.severity).toBe('high');
    expect(shell?.explanation).toMatch(/\bid\b/);
    expect(shell?.evidence[0]?.text).toContain('execve("/bin/sh"');
    expect(shell?.cause?.pickle?.global).toMatch(/system$/);
    expect(report.processes.some(({ argv }) => argv.join(' ') === 'id')).toBe(true);
  });

  it('leaves no container behind', async () => {
    expect(await containers()).toEqual([]);
  });
});
