/** The static side: reads a model without running any of it, and says what loading it would do. */
import type { Detection } from '../model/detect.js';
import { escapeAndCut, escapeText } from '../report/escape.js';
import type { Evidence, Finding } from '../report/schema.js';
import { bytesSource, sliceSource, type ByteSource } from './bytes.js';
import { scanPickles, type PickleScan } from './pickle/scan.js';
import { carriedImports, judgeFacts, type Hit } from './pickle/judge.js';
import { canonicalModule, isStandard } from './pickle/capabilities.js';
import { STATIC_RULES, type StaticRuleId } from './rules.js';
import { looksLikeTorchTar, readTar } from './tar.js';
import { scriptUses } from './torchscript.js';
import { unpack } from './unpack/unpack.js';
import { looksLikeZip, memberContent, readZip, type ZipMember } from './zip.js';

export interface StaticResult {
  readonly findings: readonly Finding[];
  /** Every name the file asks for, once per member, as the file spells it: `module.name`, with the offset of the first opcode that does. */
  readonly globals: readonly { readonly global: string; readonly offset: number; readonly member?: string }[];
  /** What kept this side from seeing everything, one sentence each, escaped: each makes the scan inconclusive. */
  readonly gaps: readonly string[];
  /** Top-level modules outside Python's own that loading imports: what the sandbox needs installed. */
  readonly needs: readonly string[];
}

/** Analyses a model of any format. Throws only when aborted (the signal's reason), or what `source.read` throws. */
export async function analyseStatic(
  source: ByteSource,
  detection: Pick<Detection, 'format' | 'compression'>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<StaticResult> {
  const job = new Job(options.signal);
  switch (detection.format) {
    case 'pickle':
    case 'dill':
    case 'cloudpickle':
      await job.pickles(source, WHOLE, { expected: true });
      break;
    case 'torch-legacy':
      if (await looksLikeTorchTar(source)) await job.tar(source);
      else await job.pickles(source, WHOLE, { expected: true, streams: LEGACY_STREAMS });
      break;
    case 'joblib':
      await job.joblib(source, detection.compression);
      break;
    case 'npy':
      await job.array(source, WHOLE);
      break;
    case 'npz':
    case 'torch-zip':
    case 'torchscript':
    case 'keras':
    case 'zip':
      await job.archive(source, WHOLE);
      break;
    default:
      job.gap(WHOLE, `static analysis does not read this format (${detection.format})`);
  }
  // A file can be two things at once: an archive is read from its end.
  if (!ARCHIVES.has(detection.format) && (await looksLikeZip(source))) {
    job.gap(WHOLE, 'the file is an archive as well');
    await job.archive(source, WHOLE);
  }
  return job.result();
}

const ARCHIVES: ReadonlySet<string> = new Set(['npz', 'torch-zip', 'torchscript', 'keras', 'zip']);

/** Magic number, protocol, system, the object, the keys of its storages; then come raw storages (`torch.serialization._legacy_save`). */
const LEGACY_STREAMS = 5;
/** Bytes unpacked of one member or packed file. */
const UNPACKED_LIMIT = 512 * 1024 * 1024;
/** Bytes unpacked of the whole file: members can share their data. */
const UNPACKED_TOTAL = 2 * 1024 * 1024 * 1024;
/** Bytes unpacked in order to see what a member is. */
const SNIFF = 4096;
/** Archives in archives. */
const DEPTH_LIMIT = 4;
const NESTED_LIMIT = 1000;
const LISTED_LIMIT = 100;
const FINDINGS_LIMIT = 500;
const EVIDENCE_LIMIT = 8;

/** Where in the file a source lies. */
interface Place {
  readonly member: string | undefined;
  /** Offset of the source's first byte in the file or the member. */
  readonly base: number;
  readonly depth: number;
}
const WHOLE: Place = { member: undefined, base: 0, depth: 0 };

interface PickleOptions {
  /** A loader unpickles this: what cannot be read of it is a gap. Otherwise it only may be a pickle. */
  readonly expected: boolean;
  /** Step over joblib's arrays. */
  readonly arrays?: boolean;
  /** How many streams the loader reads; what follows them is no pickle. */
  readonly streams?: number;
  /** It is known to break, where an array lies. */
  readonly breaks?: boolean;
}

class Job {
  readonly #findings = new Map<string, Finding>();
  readonly #globals = new Map<string, { global: string; offset: number; member?: string }>();
  readonly #unknown = new Map<string, Evidence>();
  readonly #gaps = new Set<string>();
  readonly #needs = new Set<string>();
  #nested = 0;
  #unpacked = 0;

  constructor(private readonly signal: AbortSignal | undefined) {}

  gap(place: Place, text: string): void {
    const where = place.member === undefined ? '' : `${escapeAndCut(place.member, 120)}: `;
    if (this.#gaps.size < LISTED_LIMIT) this.#gaps.add(where + escapeAndCut(text, 400));
    else this.#gaps.add('more of the same kind');
  }

  result(): StaticResult {
    if (this.#unknown.size > 0) this.#addUnknown();
    return {
      findings: [...this.#findings.values()],
      globals: [...this.#globals.values()],
      gaps: [...this.#gaps],
      needs: [...this.#needs].sort(),
    };
  }

  async joblib(source: ByteSource, compression: Detection['compression']): Promise<void> {
    if (compression === undefined) {
      await this.pickles(source, WHOLE, { expected: true, arrays: true });
      // `pickle.load` does not know about arrays and goes on where joblib steps over bytes.
      await this.pickles(source, WHOLE, { expected: false, streams: 1, breaks: true });
      return;
    }
    const { bytes, gap } = await unpack(source, compression, UNPACKED_LIMIT, this.signal);
    if (gap !== undefined) this.gap(WHOLE, gap);
    const place = { ...WHOLE, member: `(unpacked ${compression})` };
    await this.pickles(bytesSource(bytes), place, { expected: true, arrays: true });
  }

  /** torch unpickles three members; what follows the pickles of two of them are raw numbers. */
  async tar(source: ByteSource): Promise<void> {
    const { members, gaps } = await readTar(source);
    for (const gap of gaps) this.gap(WHOLE, gap);
    for (const { name, content } of members)
      await this.pickles(content, { ...WHOLE, member: name }, { expected: name === 'pickle' });
  }

  /** An `.npy` array: its elements are a pickle when they are Python objects (`numpy.lib.format.read_array`). */
  async array(source: ByteSource, place: Place): Promise<void> {
    const head = await source.read(0, 12);
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const wide = (head[6] ?? 1) >= 2;
    if (head.length < (wide ? 12 : 10)) {
      this.gap(place, 'the array ends inside its header');
      return;
    }
    const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
    const start = (wide ? 12 : 10) + length;
    // numpy refuses headers of more than 10,000 bytes unless pickles are allowed; no array needs more than this.
    const header = String.fromCharCode(...(await source.read(wide ? 12 : 10, Math.min(length, 16_384))));
    if (start > source.size || length > 16_384) this.gap(place, 'the header of the array is damaged');
    const objects = /['"][|<>=]?O\d*['"]/.test(header) || !header.includes('descr');
    const body = sliceSource(source, start);
    await this.pickles(body, { ...place, base: place.base + start }, { expected: objects && body.size > 0 });
  }

  async archive(source: ByteSource, place: Place): Promise<void> {
    const zip = await readZip(source, this.signal);
    for (const gap of zip.gaps) this.gap(place, gap);
    for (const difference of zip.differences.slice(0, LISTED_LIMIT)) {
      const text = escapeAndCut(difference, 300);
      this.#add('STATIC-ZIP-DIFFERENCE', text, text, [evidence(place, undefined, text)]);
    }
    for (const member of zip.members) {
      this.signal?.throwIfAborted();
      const name = place.member === undefined ? member.name : `${place.member}!${member.name}`;
      await this.#member(source, member, { member: name, base: 0, depth: place.depth + 1 });
    }
  }

  async #member(archive: ByteSource, member: ZipMember, place: Place): Promise<void> {
    if (member.name.endsWith('/') && member.compressedSize === 0) return;
    if (member.encrypted) this.gap(place, 'the member says that it is encrypted');
    let content = await memberContent(archive, member, { size: SNIFF }, this.signal);
    if (!content.ok) {
      this.gap(place, content.gap);
      return;
    }
    const head = await content.source.read(0, SNIFF);
    if (SCRIPT.test(member.name)) await this.#script(archive, member, place);
    const unpickled = UNPICKLED.test(member.name);
    const kind = kindOf(head);
    if (kind === undefined && !unpickled) return;
    if (member.method !== 0) {
      const limit = Math.min(UNPACKED_LIMIT, UNPACKED_TOTAL - this.#unpacked);
      content = await memberContent(archive, member, { size: limit }, this.signal);
      if (!content.ok) return;
      this.#unpacked += content.source.size;
    }
    if (content.gap !== undefined) this.gap(place, content.gap);
    if (kind === 'npy') await this.array(content.source, place);
    else if (kind === 'zip' && !unpickled) await this.#deeper(content.source, place);
    else await this.pickles(content.source, place, { expected: unpickled });
  }

  /** The source of a TorchScript program. */
  async #script(archive: ByteSource, member: ZipMember, place: Place): Promise<void> {
    const content = await memberContent(archive, member, { size: SCRIPT_LIMIT }, this.signal);
    if (!content.ok) return;
    if (content.gap !== undefined || content.source.size > SCRIPT_LIMIT)
      this.gap(place, content.gap ?? 'it is too long to be a program');
    const code = Buffer.from(await content.source.read(0, SCRIPT_LIMIT)).toString('latin1');
    for (const { kind, text, offset } of scriptUses(code)) {
      const shown = escapeAndCut(text.split('\n', 1)[0]?.trim() ?? '', 120);
      const id = kind === 'file' ? 'STATIC-TORCHSCRIPT-FILE' : 'STATIC-TORCHSCRIPT-NETWORK';
      const line = `Its program says ${shown}`;
      this.#add(id, place.member ?? '', line, [evidence(place, offset, shown)]);
    }
  }

  async #deeper(source: ByteSource, place: Place): Promise<void> {
    if (place.depth > DEPTH_LIMIT) this.gap(place, `archives are nested more than ${DEPTH_LIMIT} deep`);
    else await this.archive(source, place);
  }

  async pickles(source: ByteSource, place: Place, options: PickleOptions): Promise<void> {
    const scan = await scanPickles(source, {
      expected: options.expected,
      arrays: options.arrays === true,
      streams: options.streams ?? Infinity,
      searchOn: options.streams === undefined,
      ...(this.signal ? { signal: this.signal } : {}),
    });
    this.#record(options.breaks === true ? { ...scan, broke: undefined } : scan, place);
    for (const nested of scan.facts.nested) {
      if (place.depth > DEPTH_LIMIT || this.#nested >= NESTED_LIMIT) {
        this.gap(place, 'not every pickle inside the pickle was read');
        break;
      }
      this.#nested += 1;
      const inner = sliceSource(source, nested.offset, nested.size);
      const at = { ...place, base: place.base + nested.offset, depth: place.depth + 1 };
      if (await looksLikeZip(inner))
        await this.archive(inner, { ...at, member: `${place.member ?? ''}(bytes at ${at.base})` });
      else await this.pickles(inner, at, { expected: false });
    }
  }

  #record(scan: PickleScan, place: Place): void {
    for (const use of scan.facts.globals.values()) {
      const global = escapeText(`${use.module}.${use.name}`);
      const key = `${place.member ?? ''}\n${global}`;
      if (!this.#globals.has(key)) {
        this.#globals.set(key, {
          global,
          offset: place.base + use.offset,
          ...(place.member === undefined ? {} : { member: escapeText(place.member) }),
        });
      }
      this.#need(use.module);
    }
    for (const { module } of carriedImports(scan.facts)) this.#need(module);
    for (const gap of scan.gaps) this.gap(place, gap);
    const judged = judgeFacts(scan);
    for (const hit of judged.hits) this.#hit(hit, place);
    for (const unknown of judged.unknown) {
      const name = escapeAndCut(unknown.global, 120);
      if (!this.#unknown.has(name) && this.#unknown.size < 10 * LISTED_LIMIT) {
        this.#unknown.set(name, evidence(place, unknown.offset, `asks for ${name}`));
      }
    }
  }

  #need(module: string): void {
    const [top = ''] = canonicalModule(module).split('.');
    if (top !== '' && top !== '__main__' && top !== '__torch__' && !isStandard(top)) this.#needs.add(escapeText(top));
  }

  #hit(hit: Hit, place: Place): void {
    const subject = escapeAndCut(hit.subject, 400);
    this.#add(
      hit.rule,
      `${place.member ?? ''}\n${hit.key}`,
      subject,
      hit.evidence.slice(0, EVIDENCE_LIMIT).map(({ offset, text }) => evidence(place, offset, escapeAndCut(text, 400))),
      hit.count,
      hit.global === undefined
        ? undefined
        : {
            global: escapeText(hit.global),
            offset: place.base + (hit.evidence[0]?.offset ?? 0),
            ...(place.member === undefined ? {} : { member: escapeText(place.member) }),
          },
    );
  }

  #add(
    id: StaticRuleId,
    key: string,
    subject: string,
    shown: Evidence[],
    count = 1,
    pickle?: { global: string; offset: number; member?: string },
  ): void {
    const known = this.#findings.get(`${id}\n${key}`);
    if (known) {
      known.count = Math.max(known.count, count);
      return;
    }
    if (this.#findings.size >= FINDINGS_LIMIT) {
      this.#gaps.add(`more than ${FINDINGS_LIMIT} findings: the rest is not listed`);
      return;
    }
    const rule: (typeof STATIC_RULES)[StaticRuleId] = STATIC_RULES[id];
    this.#findings.set(`${id}\n${key}`, {
      rule: id,
      engine: 'static',
      severity: rule.severity,
      category: rule.category,
      title: rule.title,
      explanation: rule.explain(subject),
      evidence: shown,
      count,
      ...(pickle ? { cause: { pickle } } : {}),
      ...('attack' in rule ? { attack: rule.attack } : {}),
      advice: rule.advice,
    });
  }

  /** All unknown names of the file are one finding: each says little, their list says where the model comes from. */
  #addUnknown(): void {
    const names = [...this.#unknown.keys()];
    const shown = names.slice(0, 12).join(', ') + (names.length > 12 ? ` and ${names.length - 12} more` : '');
    const first = [...this.#unknown.values()].slice(0, EVIDENCE_LIMIT);
    this.#add('STATIC-PICKLE-UNKNOWN-GLOBAL', '', shown, first, names.length);
  }
}

/** What `torch.jit.save` names the source of a program, and more of it than any has. */
const SCRIPT = /(^|\/)code\/.*\.py$/;
const SCRIPT_LIMIT = 16 * 1024 * 1024;

/** Members that some loader unpickles, by the names torch and others give them; every other member is looked at by content. */
const UNPICKLED = /\.(pkl|pickle|p|joblib|dill)$/i;

/** What a member may hold, by its first bytes. */
function kindOf(head: Uint8Array): 'npy' | 'zip' | 'pickle' | undefined {
  const [first = 0, second = 0, third = 0, fourth = 0] = head;
  if (first === 0x93 && second === 0x4e && third === 0x55) return 'npy';
  if (first === 0x50 && second === 0x4b && third === 3 && fourth === 4) return 'zip';
  if (first === 0x80) return second <= 5 ? 'pickle' : undefined;
  // Protocols 0 and 1 begin with any opcode; those that an object's pickle can begin with.
  return head.length > 0 && '(c]})N}IFLSVTUXJKMGi'.includes(String.fromCharCode(first)) ? 'pickle' : undefined;
}

function evidence(place: Place, offset: number | undefined, text: string): Evidence {
  return {
    text,
    ...(offset === undefined ? {} : { offset: place.base + offset }),
    ...(place.member === undefined ? {} : { member: escapeText(place.member) }),
  };
}
