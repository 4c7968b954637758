/**
 * File names that usually hold a model. They decide where the editor offers a scan and what its view lists, and nothing else: the format of a file is
 * detected by content (see formats.ts).
 */
import { FORMATS } from './formats.js';

const NAMES = Object.values(FORMATS).flatMap(({ endings }) => endings ?? []);

/** joblib and pandas compress a pickle and keep its name in front. */
const COMPRESSED = ['gz', 'bz2', 'xz', 'lzma', 'z', 'zst'] as const;

/** Extensions without the dot. `bin` is a model only by its whole name, so it is in none of the lists below but the menu's. */
export const MODEL_EXTENSIONS: readonly string[] = [
  ...NAMES,
  ...['pkl', 'pickle', 'joblib'].flatMap((name) => COMPRESSED.map((packed) => `${name}.${packed}`)),
];

/** Files of a workspace that are taken for models: by extension, and Hugging Face's `pytorch_model.bin` and its kin. */
export const MODEL_GLOB = `**/{${[...MODEL_EXTENSIONS.map((extension) => `*.${extension}`), '*model*.bin'].join(',')}}`;

/** The same for one name. Menus also offer any other `.bin`, because the user picks the file there. */
export const MODEL_NAME = new RegExp(
  `(\\.(${MODEL_EXTENSIONS.map((e) => e.replace('.', '\\.')).join('|')})|model.*\\.bin)$`,
  'i',
);
export const MENU_PATTERN = `\\.(${[...NAMES, 'bin'].join('|')}|(pkl|pickle|joblib)\\.(${COMPRESSED.join('|')}))$`;
