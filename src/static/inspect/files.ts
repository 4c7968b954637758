/** The content of pickles, archives and arrays. */
import { UNPICKLED } from '../../detect/detect.js';
import type { Format } from '../../core/formats.js';
import { looksLikeTorchTar, readTar } from '../../readers/archive/tar.js';
import { memberContent, readZip, type ZipMember } from '../../readers/archive/zip.js';
import { bytesSource, latin1, sliceSource, type ByteSource } from '../../readers/bytes.js';
import { compressionOf } from '../../readers/unpack/magic.js';
import { unpack } from '../../readers/unpack/unpack.js';
import type { Gatherer, Inspector } from './gather.js';
import { inspectKerasMembers } from './keras-archive.js';
import { inspectPickle } from './pickles.js';
import { numpyElement } from '../../readers/elements.js';
import type { Storages } from './tensor-values.js';

// Pickles --------------------------------------------------------------------------------------------------------------

export const inspectPickleFile: Inspector = async (source, { format }, gather) => {
  if (format === 'torch-legacy') gather.framework('PyTorch');
  if (format === 'joblib') gather.framework('joblib');
  const packed = compressionOf(await source.read(0, 16)) !== undefined;
  if (packed && (format === 'joblib' || latin1(await source.read(0, 1)) !== '\x80'))
    return inspectPacked(source, format, gather);
  if (format === 'torch-legacy' && (await looksLikeTorchTar(source))) return inspectTarMembers(source, gather);
  return inspectPickle({ member: undefined, at: 0, source, expected: format }, gather);
};

// Archives -------------------------------------------------------------------------------------------------------------

/** Members whose first bytes are read; for members beyond this number only the names are used. */
const SNIFFED = 5_000;
/** Pickles of one archive that are inspected. */
const PICKLES_READ = 200;
/** Bytes of one member that are unpacked. */
const UNPACKED = 64 * 1024 * 1024;
/** Bytes of a member that are enough to detect its format. */
const HEAD = 16;

export const inspectZip: Inspector = async (source, { format }, gather) => {
  const { members, gaps, truncated } = await readZip(source, gather.signal);
  for (const gap of gaps) gather.gap(gap);
  if (truncated) gather.fact('Archive', 'cut off before its directory');
  const framework = ZIP_FRAMEWORKS[format];
  if (framework !== undefined) gather.framework(framework);
  const storages = await torchStorages(source, members);
  let pickles = 0;
  for (const [index, member] of members.entries()) {
    gather.signal?.throwIfAborted();
    const kind = index < SNIFFED ? await kindOf(source, member, gather) : '';
    gather.row('members', [member.name, member.size, packedSize(member, source), kind]);
    if (kind === NPY) await inspectMember(source, member, index, gather, inspectNpyMember(member.name, gather));
    if (kind !== PICKLE) continue;
    pickles += 1;
    if (pickles > PICKLES_READ) gather.gap(`only the first ${PICKLES_READ} pickles of the archive were looked into`);
    else {
      const root = member.name.slice(0, member.name.lastIndexOf('/') + 1);
      await inspectMember(source, member, index, gather, (content) =>
        inspectPickle(
          { member: member.name, at: 0, source: content, expected: 'pickle', storages: storages(root) },
          gather,
        ),
      );
    }
  }
  if (format === 'keras') await inspectKerasMembers(source, members, gather);
  const version = members.find(({ name, size }) => /(^|\/)version$/.test(name) && size < 32);
  if (version && framework === 'PyTorch') {
    await inspectMember(source, version, members.indexOf(version), gather, async (content) => {
      gather.fact('torch.save format', latin1(await content.read(0, 32)).trim());
    });
  }
};

const ZIP_FRAMEWORKS: Readonly<Partial<Record<Format, string>>> = {
  'torch-zip': 'PyTorch',
  torchscript: 'PyTorch (TorchScript)',
  keras: 'Keras',
  skops: 'scikit-learn (skops)',
  npz: 'NumPy',
};

/** By the folder of a pickle: the members that torch keeps the numbers of its tensors in. Their offsets are from the pickle, as all in it. */
async function torchStorages(
  source: ByteSource,
  members: readonly ZipMember[],
): Promise<(root: string) => Storages | undefined> {
  const stored = new Map<string, ZipMember>();
  for (const member of members) if (member.method === 0) stored.set(member.name, member);
  const bigs = new Set<string>();
  for (const [name, { data }] of stored)
    if (/(^|\/)byteorder$/.test(name) && latin1(await source.read(data, 3)) === 'big')
      bigs.add(name.slice(0, -'byteorder'.length));
  return (root) => {
    const pickle = stored.get(`${root}data.pkl`);
    if (!pickle || bigs.has(root)) return undefined;
    return (key) => {
      const member = stored.get(`${root}data/${key}`);
      return member && { offset: member.data - pickle.data, size: Math.min(member.compressedSize, member.size) };
    };
  };
}

const PICKLE = 'pickle';
const NPY = 'array';

async function kindOf(source: ByteSource, member: ZipMember, gather: Gatherer): Promise<string> {
  if (member.name.endsWith('/')) return 'folder';
  if (member.link) return 'link';
  if (UNPICKLED.test(member.name)) return PICKLE;
  const content = await memberContent(source, member, { size: HEAD }, gather.signal);
  const head = content.ok ? latin1(await content.source.read(0, HEAD)) : '';
  if (beginsPickle(head)) return PICKLE;
  if (head.startsWith('\x93NUMPY')) return NPY;
  if (head.startsWith('\x89HDF')) return 'HDF5';
  if (head.startsWith('PK\x03\x04')) return 'ZIP archive';
  if (head.startsWith('\x7fELF') || head.startsWith('MZ')) return 'program';
  return /^[\t\n\r\x20-\x7e]+$/.test(head) ? 'text' : '';
}

/** PROTO of protocol 2 to 5. */
function beginsPickle(head: string): boolean {
  const protocol = head.charCodeAt(1);
  return head.startsWith('\x80') && protocol >= 2 && protocol <= 5;
}

function packedSize(member: ZipMember, source: ByteSource): number {
  return Number.isFinite(member.compressedSize) ? member.compressedSize : Math.max(0, source.size - member.data);
}

async function inspectMember(
  archive: ByteSource,
  member: ZipMember,
  index: number,
  gather: Gatherer,
  look: (content: ByteSource) => Promise<void>,
): Promise<void> {
  const content = await memberContent(archive, member, { size: UNPACKED }, gather.signal);
  const container = member.method === 0 ? { offset: member.data } : { packed: index };
  if (content.ok) await gather.inside(container, () => look(content.source));
  if (content.ok && content.gap === undefined) return;
  gather.gap(`${member.name}: ${content.gap ?? 'it could not be read'}`);
}

export const inspectTar: Inspector = (source, _, gather) => inspectTarMembers(source, gather);

async function inspectTarMembers(source: ByteSource, gather: Gatherer): Promise<void> {
  const { members, gaps } = await readTar(source, gather.signal);
  for (const gap of gaps) gather.gap(gap);
  let pickles = 0;
  for (const { name, kind, target, content } of members) {
    const head = latin1(await content.read(0, 2));
    const pickle = kind === 'file' && (UNPICKLED.test(name) || beginsPickle(head));
    const shown = target === '' ? kind : `${kind} to ${target}`;
    gather.row('members', [name, content.size, content.size, pickle ? PICKLE : shown]);
    if (!pickle || (pickles += 1) > PICKLES_READ) continue;
    await gather.inside(undefined, () =>
      inspectPickle({ member: name, at: 0, source: content, expected: 'pickle' }, gather),
    );
  }
}

export const inspectPackedFile: Inspector = (source, _, gather) => inspectPacked(source, undefined, gather);

async function inspectPacked(source: ByteSource, expected: Format | undefined, gather: Gatherer): Promise<void> {
  const compression = compressionOf(await source.read(0, 16));
  if (compression === undefined) return;
  gather.fact('Packed with', compression);
  const { bytes, gap } = await unpack(source, compression, UNPACKED, gather.signal);
  if (gap !== undefined) gather.gap(gap);
  gather.fact('Unpacked', bytes.length >= UNPACKED ? `more than ${UNPACKED} bytes` : `${bytes.length} bytes`);
  if (expected === undefined && !beginsPickle(latin1(bytes.subarray(0, 2)))) return;
  // The name under which static analysis reports it.
  const member = `(unpacked ${compression})`;
  await gather.inside({ packed: 'whole' }, () =>
    inspectPickle({ member, at: 0, source: bytesSource(bytes), expected }, gather),
  );
}

// NumPy ----------------------------------------------------------------------------------------------------------------

function inspectNpyMember(member: string, gather: Gatherer): (content: ByteSource) => Promise<void> {
  return (content) => inspectNpy(content, member, member, gather);
}

export const inspectNpyFile: Inspector = (source, { name }, gather) => inspectNpy(source, name, undefined, gather);

/** The header of an array (`numpy/lib/_format_impl.py`). */
async function inspectNpy(
  source: ByteSource,
  name: string,
  member: string | undefined,
  gather: Gatherer,
): Promise<void> {
  gather.framework('NumPy');
  const head = Buffer.from(await source.read(0, 16_400));
  if (head.length < 12) return;
  const wide = (head[6] ?? 0) >= 2;
  const start = wide ? 12 + head.readUInt32LE(8) : 10 + head.readUInt16LE(8);
  const header = head.toString('latin1', wide ? 12 : 10, Math.min(start, head.length));
  const type = /['"]descr['"]\s*:\s*['"]([^'"]{1,40})['"]/.exec(header)?.[1];
  const sides = /['"]shape['"]\s*:\s*\(([\d,\s]{0,2000})\)/.exec(header)?.[1];
  const shape = (sides ?? '').split(',').flatMap((side) => (/\d/.test(side) ? [Number(side.trim())] : []));
  const size = Math.max(0, source.size - start);
  const known = sides === undefined ? undefined : numpyElement(type ?? '');
  const byColumns = /['"]fortran_order['"]\s*:\s*True/.test(header);
  const array = known && gather.array({ ...known, shape, offset: start, byColumns }, size);
  gather.tensor({
    name: name.replace(/\.npy$/, ''),
    type: type ?? 'fields',
    shape: sides === undefined ? undefined : shape,
    size,
    array,
  });
  if (type === undefined || !/^[|<>=]?O/.test(type) || size === 0) return;
  await inspectPickle({ member, at: start, source: sliceSource(source, start), expected: 'pickle' }, gather);
}
