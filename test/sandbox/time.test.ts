import { describe, expect, it } from 'vitest';
import { dynamicFindings, running } from './support.js';

/** Each waits an hour or more by the clock of the machine, then acts. */
const BOMBS: Readonly<Record<string, string>> = {
  'a sleep': 'import os, time; time.sleep(3600); os.system("id")',
  'select without descriptors': 'import os, select; select.select([], [], [], 3600); os.system("id")',
  'select on a pipe that is never written to':
    'import os, select; r, w = os.pipe(); assert select.select([r], [], [], 3600) == ([], [], []); os.system("id")',
  poll: 'import os, select; select.poll().poll(3600_000); os.system("id")',
  epoll: 'import os, select; select.epoll().poll(3600); os.system("id")',
  'an event that is never set': 'import os, threading; threading.Event().wait(3600); os.system("id")',
  'a condition': 'import os, threading\nc = threading.Condition()\nwith c: c.wait(3600)\nos.system("id")',
  'a queue that stays empty':
    'import os, queue\ntry: queue.Queue().get(timeout=3600)\nexcept queue.Empty: os.system("id")',
  'an event loop': 'import asyncio, os; asyncio.run(asyncio.sleep(3600)); os.system("id")',
  'a thread with a timer': 'import os, threading; threading.Timer(3600, os.system, ("id",)).start()',
  'an alarm':
    'import os, signal; signal.signal(signal.SIGALRM, lambda *a: os.system("id")); signal.alarm(3600); signal.pause()',
  'an interval timer':
    'import os, signal; signal.signal(signal.SIGALRM, lambda *a: os.system("id")); signal.setitimer(signal.ITIMER_REAL, 7200); signal.pause()',
  'a wait for a signal': 'import os, signal; signal.sigtimedwait([signal.SIGUSR1], 3600); os.system("id")',
  'a timer descriptor':
    'import os; f = os.timerfd_create(1); os.timerfd_settime(f, initial=3600); os.read(f, 8); os.system("id")',
  'a futex by its number':
    'import ctypes, os; c = ctypes.CDLL(None); w = ctypes.c_int(0); c.syscall(202, ctypes.byref(w), 0, 0, (ctypes.c_long * 2)(3600, 0), None, 0); os.system("id")',
  'a child that waits': 'import os, subprocess; subprocess.run(["sleep", "3600"]); os.system("id")',
  'a shell that waits for its child': 'import os; os.system("sleep 3600 & wait; id")',
  'sleeps until a moment':
    'import os, time\nend = time.time() + 3600\nwhile time.time() < end: time.sleep(1)\nos.system("id")',
  'naps until a moment':
    'import os, time\nend = time.monotonic() + 3600\nwhile time.monotonic() < end: time.sleep(.001)\nos.system("id")',
  'asking for the time until a moment':
    'import os, time\nend = time.time() + 3600\nwhile time.time() < end: pass\nos.system("id")',
};

describe('a bomb set for an hour goes off within the scan', () => {
  it.each(Object.entries(BOMBS))('%s', async (name, source) => {
    const report = await running(`bomb-${name.replaceAll(' ', '-')}`, source, { settings: { timeout: 20 } });
    expect(report.limits).toEqual([]);
    expect(report.processes.map(({ argv }) => argv.join(' '))).toContain('id');
    expect(dynamicFindings(report).map(({ rule }) => rule)).toContain('DYN-EVADE-SLEEP');
    expect(report.sandbox?.skippedSleep).toBeGreaterThan(3590);
  });
});

describe('a model that holds its sleep against the clock learns nothing', () => {
  it.each([
    ['a sleep', 'import time\nb = time.monotonic(); time.sleep(30); print(round(time.monotonic() - b))'],
    ['the wall clock', 'import time\nb = time.time(); time.sleep(30); print(round(time.time() - b))'],
    ['a shell', 'import os; os.system("a=$(date +%s); sleep 30; b=$(date +%s); echo $((b - a))")'],
    [
      'system calls by number',
      'import ctypes\nc = ctypes.CDLL(None); t = (ctypes.c_long * 2)()\nc.syscall(228, 1, t); b = t[0]; c.syscall(35, (ctypes.c_long * 2)(30, 0), 0); c.syscall(228, 1, t); print(t[0] - b)',
    ],
  ])('%s of thirty seconds takes thirty', async (name, source) => {
    const report = await running(`clock-${name.replaceAll(' ', '-')}`, source);
    // A busy machine adds a second or more of its own.
    expect(report.output.stdout).toMatch(/^[34]\d$/m);
    expect(report.sandbox?.skippedSleep).toBeGreaterThan(29);
  });
});

describe('programs that wait for each other still do', () => {
  it('a thread for another that works', async () => {
    const report = await running(
      'waits-for-thread',
      `import threading, time
e = threading.Event()
def work():
  end = time.process_time() + 1
  while time.process_time() < end: pass
  e.set()
threading.Thread(target=work).start()
print('set' if e.wait(30) else 'timed out')`,
    );
    expect(report.output.stdout).toMatch(/^set$/m);
    expect(report.sandbox?.skippedSleep).toBe(0);
  });

  it('a process for a child that works, by a pipe and by its end', async () => {
    const report = await running(
      'waits-for-child',
      `import subprocess, sys
p = subprocess.Popen([sys.executable, '-c', 'import time\\nend = time.process_time() + 1\\nwhile time.process_time() < end: pass\\nprint(1)'], stdout=-1)
print('child said', p.communicate(timeout=30)[0])`,
    );
    expect(report.output.stdout).toContain("child said b'1\\n'");
  });

  it('two that sleep in turn, each in its order', async () => {
    const report = await running(
      'takes-turns',
      `import threading, time
def act(first):
  for i in range(3):
    time.sleep(600 if i or not first else 300)
    print(first, flush=True)
a = [threading.Thread(target=act, args=(n,)) for n in (1, 0)]
for t in a: t.start()
for t in a: t.join()`,
    );
    expect(report.output.stdout.split(/\s+/).filter(Boolean)).toEqual(['1', '0', '1', '0', '1', '0']);
  });

  it.each([
    ['sleeps', 'time.sleep(.015)'],
    [
      'futexes of another runtime',
      'c.syscall(202, ctypes.byref(w), 0, 0, (ctypes.c_long * 2)(0, 40_000_000), None, 0)',
    ],
  ])('one whose %s are short beside one who waits for an hour', async (name, nap) => {
    const report = await running(
      `naps-${name.replaceAll(' ', '-')}`,
      `import ctypes, threading, time
c = ctypes.CDLL(None); w = ctypes.c_int(0)
threading.Thread(target=threading.Event().wait, args=(3600,), daemon=True).start()
b = time.monotonic()
for _ in range(10): ${nap}
print('ahead' if time.monotonic() - b > 60 else 'in step')`,
    );
    expect(report.output.stdout).toMatch(/^in step$/m);
  });

  it('a client for an answer of the network', async () => {
    const report = await running(
      'waits-for-answer',
      `import urllib.request; print(len(urllib.request.urlopen('https://slow.example.com/x.json', timeout=60).read()) > 0)`,
    );
    expect(report.output.stdout).toMatch(/^True$/m);
  });

  it('an alarm that guards a computation does not ring while that goes on', async () => {
    const report = await running(
      'guarded',
      `import signal, time
signal.signal(signal.SIGALRM, lambda *a: print('rang'))
signal.alarm(60)
end = time.process_time() + 1
while time.process_time() < end: pass
signal.alarm(0); print('done')`,
    );
    expect(report.output.stdout).toMatch(/^done$/m);
    expect(report.output.stdout).not.toContain('rang');
  });
});

describe('a model that takes hold of its clock', () => {
  it.each([
    ['fills the page', 'b"\\xff" * 16384'],
    [
      'claims every slot for no process',
      '(b"\\x07\\0\\0\\0" * 2 + b"\\1\\0\\0\\0" * 2 + b"\\x7f" * 8 + bytes(40)) * 256',
    ],
  ])('%s: only its own time goes wrong', async (name, content) => {
    const report = await running(
      `tampers-${name.replaceAll(' ', '-')}`,
      `import os; f = os.open('/run/dynscan/clock', os.O_RDWR); os.pwrite(f, (${content})[:16384], 0); os.system('id')`,
    );
    expect(report.verdict).toBe('malicious');
    expect(report.load.outcome).toBe('loaded');
    expect(report.sandbox?.skippedSleep).toBeLessThan(4e9);
  });
});
