/** Detects the format of a model file by its content. Only plain-text formats are detected by the file name. */
import { FORMATS, type Format } from '../core/formats.js';
import { magicFormats, type ContentOptions } from './magic.js';
import { isHuggingFace } from './huggingface.js';
import { bytesSource, latin1, type ByteSource } from '../readers/bytes.js';
import { asksForJoblib, isTorchMagic } from '../readers/pickle/dialect.js';
import { walkStream, type StreamWalk } from '../readers/pickle/walk.js';
import { emptyFacts, type PickleFacts, type Telling } from '../readers/pickle/facts.js';
import { FirstWalk } from '../readers/pickle/first.js';
import { namesSomething } from '../readers/pickle/scan.js';
import { isRData } from '../readers/r/read.js';
import { looksLikeTorchTar, readTar } from '../readers/archive/tar.js';
import { compressionOf, type Compression } from '../readers/unpack/magic.js';
import { unpack } from '../readers/unpack/unpack.js';
import { looksLikeZip, readZip, type ZipMember } from '../readers/archive/zip.js';
import type { Stop } from '../readers/units.js';

export interface Detection {
  readonly format: Format;
  /** One sentence part: how the format was detected, or what is odd about the file. */
  readonly detail: string;
  /** Packing around the whole file, for joblib. */
  readonly compression?: Compression;
  /** False when the content only begins like this format and could not be looked into further. */
  readonly certain: boolean;
}

/** Enough of a stream to identify the library that wrote it. */
const FIRST_LOOK = 20_000_000;
/** Unpacked bytes that are examined to detect what a compressed file holds. */
const UNPACKED_LOOK = 256 * 1024;

/** The analyser that reads the source right after its detection: one walk of a pickle serves both. */
export interface NextReader {
  /** The rules by which it judges. */
  readonly rules: Telling;
  readonly onWalked: (first: FirstWalk) => void;
}

/**
 * Detects the format of a source. Never throws for its content. `name` is used for plain-text formats only.
 *
 * Example: `const { format } = await detectFormat(source, { name: 'model.bin' });`
 */
export async function detectFormat(
  source: ByteSource,
  options: { readonly signal?: Stop; readonly name?: string; readonly reader?: NextReader } = {},
): Promise<Detection> {
  const { signal, name, reader } = options;
  if (source.size === 0) return found('empty', 'it has no bytes');
  const magic = await magicFormats(source, { inner: false, name });
  const [first] = magic.filter((format) => FORMATS[format].unmistakable);
  if (first !== undefined) return byMagic(first);
  if (latin1(await source.read(0, 2)) === 'PK') {
    const zip = await zipFormat(source, signal);
    if (zip) return zip;
  }
  const packed = magic.includes('packed') ? await compressed(source, signal) : undefined;
  if (packed && packed.format !== 'packed') return packed;
  if (magic.includes('tar') && (await looksLikeTorchTar(source)))
    return found('torch-legacy', 'a tar archive as torch wrote before 0.1.10');
  const pickle = await pickleFormat(source, signal, reader);
  if (pickle) return pickle;
  // Before what its members are: one can be a ZIP archive, whose end is near that of the file.
  const tar = magic.includes('tar') ? await tarFormat(source, signal) : undefined;
  if (tar) return tar;
  if (await looksLikeZip(source)) {
    const zip = await zipFormat(source, signal);
    if (zip) return { ...zip, detail: `${zip.detail}, after other bytes` };
  }
  if (packed) return packed;
  if (magic.includes('json') && name !== undefined && (await isHuggingFace(source, name)))
    return found('huggingface', `a folder of a Hugging Face model, by its ${name}`);
  const [other] = magic.filter((format) => format !== 'pickle' && format !== 'packed');
  if (other !== undefined) return byMagic(other);
  return found('unknown', 'no known format begins like this');
}

function byMagic(format: Format): Detection {
  const { reason, label } = FORMATS[format];
  return found(format, reason ?? `it begins like ${label}`);
}

/**
 * All formats that the content of a source matches, cheap enough for each member of an archive. `pickle` is only a guess by the first byte. In an
 * inner source, an archive behind other data is found when nothing follows it. An archive is reported both as `zip` and as the format that it holds.
 */
export async function contentFormats(source: ByteSource, options: ContentOptions): Promise<Format[]> {
  const formats = await magicFormats(source, options);
  // A TAR archive ends with its last member, so a ZIP end record there can belong to that member.
  const atEnd = options.inner || formats.includes('tar');
  if (atEnd ? await isZipInside(source) : await looksLikeZip(source)) {
    formats.push('zip');
    const zip = await zipFormat(source, options.signal);
    if (zip && zip.format !== 'zip') formats.push(zip.format);
  }
  return formats;
}

/** True when the first bytes of a member are worth unpacking the rest of it. */
export async function looksLikeAnything(head: Uint8Array, name: string | undefined): Promise<boolean> {
  if (name !== undefined && UNPICKLED.test(name)) return true;
  if (latin1(head.subarray(0, 4)) === 'PK\x03\x04') return true;
  // The size of the whole member is not known, so no format is ruled out by size.
  const endless = { ...bytesSource(head), size: Number.MAX_SAFE_INTEGER };
  return (await magicFormats(endless, { inner: false, name })).length > 0;
}

/** Members that a loader unpickles, by the names that torch and other libraries give them. */
export const UNPICKLED = /\.(pkl|pickle|p|joblib|dill)$/i;

async function isZipInside(source: ByteSource): Promise<boolean> {
  if (latin1(await source.read(0, 4)) === 'PK\x03\x04') return true;
  return source.size >= 22 && latin1(await source.read(source.size - 22, 4)) === 'PK\x05\x06';
}

function found(format: Format, detail: string): Detection {
  return { format, detail, certain: true };
}

// Zip archives ---------------------------------------------------------------------------------------------------------

/** One that is whole; undefined for a file that merely begins like one. */
async function tarFormat(source: ByteSource, signal?: Stop): Promise<Detection | undefined> {
  const { members, gaps, hidden } = await readTar(source, signal);
  if (members.length === 0 || gaps.length > 0 || hidden !== undefined) return undefined;
  const config = members.find(({ name }) => /^(?:\.\/)?model_config\.ya?ml$/.test(name));
  return config
    ? found('nemo', `an archive with ${config.name}`)
    : found('tar', `an archive with ${members.length} members`);
}

async function zipFormat(source: ByteSource, signal?: Stop): Promise<Detection | undefined> {
  const { members, truncated } = await readZip(source, signal);
  if (members.length === 0)
    return source.size >= 22 || truncated ? undefined : found('zip', 'an archive without members');
  const cut = truncated ? ', cut off before its directory' : '';
  const names = members.map((member) => member.name);
  const manifest = names.find((name) => /^(?:MAR|WAR)-INF\/MANIFEST\.json$/.test(name));
  if (manifest !== undefined) return found('torchserve', `an archive with ${manifest}${cut}`);
  const torch = names.find((name) => /(^|\/)data\.pkl$/.test(name));
  if (torch !== undefined) {
    const folder = torch.slice(0, -'data.pkl'.length);
    // Written by torch.jit.save (`torch/csrc/jit/serialization/export_module.cpp`).
    const script = names.some((name) => name === `${folder}constants.pkl` || name.startsWith(`${folder}code/`));
    return script
      ? found('torchscript', `an archive with ${folder}constants.pkl or ${folder}code/${cut}`)
      : found('torch-zip', `an archive with ${torch}${cut}`);
  }
  if (truncated && (await beginsTorch(source, members)))
    return found('torch-zip', `an archive that begins like torch's${cut}`);
  if (names.includes('config.json') && names.some((name) => name === 'metadata.json' || name === 'model.weights.h5')) {
    return found('keras', `an archive with config.json and its weights${cut}`);
  }
  // `torch/export/__init__.py` and, since 2.8, `torch/export/pt2_archive/constants.py`.
  const exported = names.find((name) => /(^|\/)(serialized_exported_program\.json|archive_format)$/.test(name));
  if (exported !== undefined) return found('torch-export', `an archive with ${exported}${cut}`);
  if (names.includes('schema.json')) return found('skops', `an archive with schema.json${cut}`);
  if (names.every((name) => name.endsWith('.npy'))) return found('npz', `an archive of .npy members${cut}`);
  return found('zip', `an archive with ${members.length} members${cut}`);
}

/** torch writes data.pkl first, or `.format_version`, `byteorder` and `version` records around it. */
async function beginsTorch(source: ByteSource, members: readonly ZipMember[]): Promise<boolean> {
  const [first] = members;
  if (!first) return false;
  const [one, two] = await source.read(first.data, 2);
  return one === 0x80 && two === 2 && first.method === 0 && first.name.includes('/');
}

// Pickles --------------------------------------------------------------------------------------------------------------

async function pickleFormat(source: ByteSource, signal?: Stop, reader?: NextReader): Promise<Detection | undefined> {
  const facts = emptyFacts(reader?.rules);
  const walk = await walkStream(source, 0, facts, { arrays: true, opcodes: FIRST_LOOK, ...(signal ? { signal } : {}) });
  // The facts of a walk that was cut short are not those of the whole file.
  if (walk.opcodes < FIRST_LOOK) reader?.onWalked(new FirstWalk({ walk, facts }));
  if (!(await isPickle(source, walk, facts, signal))) return undefined;
  if (isTorchMagic(walk)) return found('torch-legacy', "its first pickle is torch's magic number");
  const cut = walk.broke === undefined ? '' : ', but its first pickle does not end';
  // Also as scikit-learn carried it once: the way its arrays lie between opcodes is the same.
  if (asksForJoblib(facts)) return found('joblib', `a pickle that asks for joblib.numpy_pickle${cut}`);
  for (const [prefix, format] of WRITERS) {
    for (const { module } of facts.globals.values()) {
      if (module === prefix || module.startsWith(`${prefix}.`))
        return found(format, `a pickle that asks for ${prefix}${cut}`);
    }
  }
  return found('pickle', `a pickle of protocol ${walk.protocol ?? 'below 2'}${cut}`);
}

/** The library whose loader a pickle needs, by a module that the pickle asks for. */
const WRITERS: readonly (readonly [string, Format])[] = [
  ['dill', 'dill'],
  ['cloudpickle', 'cloudpickle'],
];

const CERTAIN_OPCODES = 2000;

/**
 * Text and random bytes can begin with opcodes: a pickle that declares its protocol needs little more,
 * one that does not must reach a name, or the end of the file, to be taken for one.
 */
async function isPickle(source: ByteSource, walk: StreamWalk, facts: PickleFacts, signal?: Stop): Promise<boolean> {
  const { size } = source;
  if (walk.protocol !== undefined) return walk.broke === undefined || walk.opcodes >= 2 || walk.end >= size;
  if (namesSomething(facts, walk)) return true;
  // Text and random bytes do not form thousands of opcodes, each with its operands on the stack; the rest lies beyond the bytes examined.
  if (walk.opcodes >= CERTAIN_OPCODES && walk.end + 64 >= size) return true;
  if (walk.broke !== undefined || walk.opcodes < 2 || (walk.end <= 2 && size > 2)) return false;
  // "Copyright …" is 111 bytes and the end: what then goes on has to be a pickle, too.
  const rest = latin1(await source.read(walk.end, 64));
  if (rest.trim() === '') return walk.end + rest.length >= size;
  const next = await walkStream(source, walk.end, emptyFacts(), { opcodes: FIRST_LOOK, ...(signal ? { signal } : {}) });
  return next.broke === undefined && next.opcodes >= 2;
}

// Packed files ---------------------------------------------------------------------------------------------------------

async function compressed(source: ByteSource, signal?: Stop): Promise<Detection | undefined> {
  const compression = compressionOf(await source.read(0, 16));
  if (compression === undefined) return undefined;
  const { bytes, gap } = await unpack(source, compression, UNPACKED_LOOK, signal);
  if (bytes.length === 0 && (gap === undefined || compression === 'zlib' || compression === 'zfile')) return undefined;
  if (bytes.length === 0)
    return { format: 'joblib', detail: `packed with ${compression}, but damaged`, compression, certain: false };
  const inner = await pickleFormat(bytesSource(bytes), signal);
  // R packs all that it saves unless it is told not to.
  if (isRData(bytes))
    return { format: 'r', detail: `data of R, packed with ${compression}`, compression, certain: true };
  if (!inner) return { format: 'packed', detail: `packed with ${compression}`, compression, certain: true };
  return { format: 'joblib', detail: `packed with ${compression}: ${inner.detail}`, compression, certain: true };
}
