/**
 * The sample models. The hostile ones show what they could do and do nothing that harms: they print who the user is, knock at an
 * address that leads nowhere (RFC 5737), read a key that the sandbox made up.
 */
import { call, concat, floats, global, op, pickle, tensor, torchZip, value } from './assemble.mjs';

const home = (/** @type {string} */ path) => call(global('os.path', 'expanduser'), op.unicode(path));
const open = (/** @type {string} */ path, /** @type {string} */ mode) =>
  call(global('builtins', 'open'), home(path), op.unicode(mode));
const method = (/** @type {Uint8Array} */ object, /** @type {string} */ name) =>
  call(global('builtins', 'getattr'), object, op.unicode(name));
const weights = { layer: [0.25, -0.5, 0.125], bias: [0.1], classes: ['cat', 'dog'] };

/** Each sample: its file, what it shows, the verdict it must get, and its bytes. */
export const SAMPLES = [
  {
    file: 'harmless-weights.pkl',
    shows: 'plain numbers and texts, nothing else',
    verdict: 'clean',
    make: () => pickle(value(weights)),
  },
  {
    file: 'runs-a-command.pkl',
    shows: 'starts a shell command when it is loaded',
    verdict: 'malicious',
    make: () => pickle(value({ ...weights, extra: call(global('os', 'system'), op.unicode('id')) })),
  },
  {
    file: 'calls-home.pkl',
    shows: 'opens a connection to a machine of its author',
    verdict: 'malicious',
    make: () =>
      pickle(
        value({
          ...weights,
          extra: call(
            global('socket', 'create_connection'),
            concat(op.unicode('203.0.113.7'), op.int(4444), op.tuple2),
            op.int(2),
          ),
        }),
      ),
  },
  {
    file: 'steals-ssh-key.pkl',
    shows: 'reads the private key of the user who loads it',
    verdict: 'malicious',
    make: () => pickle(value({ ...weights, extra: call(method(open('~/.ssh/id_rsa', 'r'), 'read')) })),
  },
  {
    file: 'persists.pkl',
    shows: 'adds a line to a file that every new shell runs',
    verdict: 'malicious',
    make: () =>
      pickle(
        value({
          ...weights,
          extra: call(method(open('~/.bashrc', 'a'), 'write'), op.unicode('# written by a sample of DynScan\n')),
        }),
      ),
  },
  {
    file: 'checkpoint-with-command.pt',
    shows: 'a torch checkpoint with real weights, and a command hidden among them',
    verdict: 'malicious',
    make: () =>
      torchZip(
        'checkpoint',
        value({
          weight: tensor('0', 4),
          // Built, run and thrown away: the loaded object shows no trace of it.
          epoch: concat(call(global('posix', 'system'), op.unicode('id')), op.pop, op.int(3)),
        }),
        [floats([0.1, 0.2, 0.3, 0.4])],
      ),
  },
];
