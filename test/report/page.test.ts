import { describe, expect, it } from 'vitest';
import type { Conversation, Finding, ProcessNode } from '../../src/core/schema.js';
import { findingList } from '../../src/report/page/findings.js';
import { toHtml } from '../../src/report/page/markup.js';
import { network } from '../../src/report/page/network.js';
import { processList } from '../../src/report/page/processes.js';
import { story } from '../../src/report/page/story.js';
import { processRows } from '../../src/report/process-tree.js';
import { parseFromPage } from '../../src/view/messages.js';
import { finding } from './samples.js';

const PROGRAM = ['import os', 'key = open("/home/model/.ssh/id_rsa").read()', 'print("a\\nb")  # <b>', ''];
const QUOTED = `Loading this file calls builtins.exec('\\n${PROGRAM.slice(0, 2).join('\\n')}…. That runs code.`;

function text(markup: Parameters<typeof toHtml>[0]): string {
  return toHtml(markup)
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll('&#34;', '"')
    .replaceAll(/\s+/g, ' ');
}

describe('a program that a model carries', () => {
  const carrier = finding({ rule: 'STATIC-PICKLE-CODE', explanation: QUOTED, facts: { code: PROGRAM } });
  const other = finding({
    rule: 'DYN-PY-CODE',
    severity: 'medium',
    explanation: `PID 1 has Python run (compile): ${PROGRAM.slice(0, 2).join('\\n')}…. It need not.`,
    evidence: [{ text: `compile(${PROGRAM.slice(0, 2).join('\\n')}, <string>)` }],
    facts: { code: PROGRAM.slice(0, 2) },
  });
  const page = toHtml(findingList([other, carrier], new Set()));

  it('is shown once, by the worst finding, in lines of its own', () => {
    expect(page.match(/class="code"/g)).toHaveLength(1);
    expect(text(findingList([other, carrier], new Set())).match(/import os/g)).toHaveLength(1);
    expect(page).toContain('<span class="code-line"><span class="code-keyword">import</span> os</span>');
    expect(page).toContain('<span class="code-comment"># &#60;b&#62;</span>');
  });

  it('is referred to wherever it is quoted', () => {
    const shown = text(findingList([other, carrier], new Set()));
    expect(shown).toContain('Loading this file calls builtins.exec(the code below). That runs code.');
    expect(shown).toContain('has Python run (compile): the code that it carries . It need not.');
    expect(page).toContain('data-reveal="1"');
  });
});

describe('the story', () => {
  const act = (rule: string, line: number, changes: Partial<Finding> = {}): Finding =>
    finding({ rule, title: rule, story: 'x', evidence: [{ text: '', pid: 1, time: line / 1000, line }], ...changes });
  const findings = [
    act('DYN-WRITE-HOME', 30, { subject: '/home/model/x' }),
    act('DYN-PERM-MODE', 10, { title: 'Changes who may use a file', subject: '/tmp/y' }),
    act('DYN-WRITE-HOME', 31, { subject: '/home/model/z' }),
  ];

  it('tells the acts in the order in which they happened, each with a link to its finding and its line of the trace', () => {
    const told = story({ findings, conversations: [] }, { traceLines: 20 });
    const shown = told && text(told);
    expect(shown).toMatch(
      /Changes who may use a file: \/tmp\/y 0\.010 s, trace line 10 Writes to ~\/x also ~\/z 0\.030 s/,
    );
    const html = told ? toHtml(told) : '';
    expect(html).toContain('data-trace-line="10"');
    // A line that was not kept is no link.
    expect(html).not.toContain('data-trace-line="30"');
    expect(html).toContain('href="#finding-1"');
  });

  it('is not told of what is only information', () => {
    expect(story({ findings: [act('X', 1, { severity: 'info' })], conversations: [] })).toBeUndefined();
  });

  it('shows the first steps of many, and the others on demand', () => {
    const many = Array.from({ length: 40 }, (_, at) => act(`DYN-X-${at}`, at + 1, { subject: `/tmp/${at}` }));
    const told = story({ findings: many, conversations: [] });
    expect(told && text(told)).toContain('28 more steps');
  });
});

describe('the network of a report', () => {
  const talk = (changes: Partial<Conversation>): Conversation => ({
    ...{ protocol: 'TCP', address: '203.0.113.7', port: 80, pid: 1, sent: '', received: '' },
    ...{ bytesSent: 4, bytesReceived: 0, result: 'The sandbox answered.' },
    ...changes,
  });
  const theft = finding({
    decoy: { name: 'an SSH private key', path: '/home/model/.ssh/id_rsa', use: 'taken' },
    facts: { destination: { way: 'send', place: '203.0.113.7 port 80' } },
    evidence: [{ text: '', pid: 1 }],
  });
  const shown = (conversations: readonly Conversation[], findings: readonly Finding[] = []): string =>
    text(network({ conversations, findings, processes: [{ pid: 1, thread: false, argv: ['/usr/bin/curl'] }] }));

  it('has one line for a look-up of both kinds, decoded', () => {
    const ask = (kind: string, answer: string): Conversation =>
      talk({
        protocol: 'DNS',
        port: 53,
        request: { line: `${kind} a.example`, headers: [] },
        answers: [answer],
        sent: '\\x01',
      });
    const line = shown([ask('A', '198.51.100.1'), ask('AAAA', '2001:db8::a')]);
    expect(line.match(/asks for/g)).toHaveLength(1);
    expect(line).toContain('asks for a.example → 198.51.100.1, 2001:db8::a');
    expect(line).not.toContain('x01');
  });

  it('says what was stolen in the conversation in which it left, and in no other', () => {
    const all = [talk({ name: 'exfil.example' }), talk({ address: '203.0.113.8' }), talk({ pid: 2 })];
    const line = shown(all, [theft]);
    expect(line.match(/stolen:/g)).toHaveLength(1);
    expect(line).toMatch(
      /→ exfil\.example \(203\.0\.113\.7:80\) stolen: ~\/\.ssh\/id_rsa 4 B sent, 0 B received, process 1 curl/,
    );
  });

  it('shows bodies in lines, and of reports without them what those have', () => {
    const request = { line: 'POST /x HTTP/1.1', headers: ['Host: a'] };
    expect(shown([talk({ request, content: { sent: ['one', 'two'], received: [] } })])).toContain(
      'Request POST /x HTTP/1.1 Host: a Body sent one two The sandbox answered.',
    );
    expect(shown([talk({ sent: 'a\\r\\nb' })])).toContain('Sent a b The');
  });
});

describe('the processes of a report', () => {
  const RUNNER = ['/usr/bin/python3', '-I', '-B', '/opt/dynscan/runner.py'];
  const run = (pid: number, argv: string[], parent?: number): ProcessNode => ({
    pid,
    argv,
    thread: false,
    ...(parent === undefined ? {} : { parent }),
  });
  const own = (all: readonly ProcessNode[], findings: readonly Finding[] = []): number[] =>
    processRows(all, findings).flatMap(({ process, isSandbox }) => (isSandbox ? process.pid : []));

  it('marks those of the sandbox: the runner, and its question to the linker', () => {
    const all = [run(1, RUNNER), run(2, ['/sbin/ldconfig', '-p'], 1), run(3, ['id'], 1)];
    expect(own(all)).toEqual([1, 2]);
    expect(text(processList(processRows(all, [])))).toContain('runner.py the sandbox’s own');
  });

  it('marks nothing that only goes by their names', () => {
    const all = [
      run(1, RUNNER),
      run(2, RUNNER, 1),
      run(3, ['ldconfig', '-p', '-C', '/tmp/x'], 1),
      run(4, ['sh'], 1),
      run(5, ['/sbin/ldconfig', '-p'], 4),
      run(9, RUNNER),
    ];
    expect(own(all)).toEqual([1]);
    const helper = [run(1, RUNNER), run(2, ['/sbin/ldconfig', '-p'], 1)];
    const dropped = finding({ rule: 'DYN-EXEC-DROPPED', subject: '/tmp/ldconfig' });
    expect(own(helper, [dropped])).toEqual([1]);
  });
});

describe('what the report page asks of the editor', () => {
  it('is taken where it is about a finding or a rule, and nowhere else', () => {
    expect(parseFromPage({ type: 'suppress', index: 3 })).toEqual({ type: 'suppress', index: 3, evidence: undefined });
    expect(parseFromPage({ type: 'opcode', index: 0, evidence: 1 })).toEqual({ type: 'opcode', index: 0, evidence: 1 });
    expect(parseFromPage({ type: 'rule', rule: 'DYN-EXEC-SHELL' })).toEqual({ type: 'rule', rule: 'DYN-EXEC-SHELL' });
    for (const wrong of [
      { type: 'rule', rule: '../x' },
      { type: 'rule' },
      { type: 'suppress', index: -1 },
      { type: 'technique', index: 'T1059' },
      { type: 'opcode', index: 1, evidence: 'x' },
    ])
      expect(parseFromPage(wrong)).toBeUndefined();
  });
});
