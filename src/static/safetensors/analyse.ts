/** SafeTensors: the header against the file, names and metadata. The numbers are never read. */
import { sliceSource, uncovered } from '../../readers/bytes.js';
import { partOf, type Analyser, type UnlocatedMatch } from '../context.js';
import { beginsWith, codeIn, leaves, markupIn } from '../manifest/code-like.js';
import { namedSecret, secretHits } from '../secrets/find.js';
import { analyseTemplateText } from '../jinja/analyse.js';
import { readSafeTensors, type SafeTensors, type Tensor } from '../../readers/safetensors.js';
import { addAll } from '../../core/lists.js';

export const analyseSafeTensors: Analyser = async (source, place, job) => {
  const facts = await readSafeTensors(source);
  for (const gap of facts.gaps) job.gap(place, gap);
  for (const hit of [...layout(facts, source.size), ...names(facts), ...metadata(facts)]) job.add({ ...hit, place });
  // Bytes that no tensor covers may be another file.
  for (const { offset, size } of hidden(facts, source.size).slice(0, NESTED_LIMIT))
    await job.nested(sliceSource(source, offset, size), partOf(place, offset));
  for (const { key, value, at } of facts.metadata) {
    if (value.includes('{%') || value.includes('{{'))
      analyseTemplateText(value, place, job, {
        name: `metadata ${key}`,
        offset: at,
        whole: key.startsWith('chat_template'),
        rendered: /template|prompt|jinja/i.test(key),
      });
  }
};

/** Bits of one element (`Dtype` of the library, 0.6). */
const BITS: Readonly<Record<string, number>> = {
  ...{
    BOOL: 8,
    U8: 8,
    I8: 8,
    U16: 16,
    I16: 16,
    U32: 32,
    I32: 32,
    U64: 64,
    I64: 64,
    F16: 16,
    BF16: 16,
    F32: 32,
    F64: 64,
  },
  ...{
    F8_E5M2: 8,
    F8_E4M3: 8,
    F8_E8M0: 8,
    F8_E5M2FNUZ: 8,
    F8_E4M3FNUZ: 8,
    F6_E2M3: 6,
    F6_E3M2: 6,
    F4: 4,
    C64: 64,
    C128: 128,
  },
};
const SHOWN = 8;
const NESTED_LIMIT = 100;

function layout(facts: SafeTensors, size: number): UnlocatedMatch[] {
  const hits: UnlocatedMatch[] = [];
  const wrong: { text: string; offset: number }[] = facts.odd.map(({ text, at }) => ({ text, offset: at }));
  const placed: { tensor: Tensor; start: number; end: number }[] = [];
  for (const tensor of facts.tensors) {
    const [start, end] = tensor.offsets;
    const offset = tensor.at;
    if (start === undefined || end === undefined || tensor.offsets.length !== 2 || tensor.dtype === undefined) {
      wrong.push({ text: `${tensor.name} lacks its type or its place`, offset });
      continue;
    }
    const bytes = bytesOf(tensor);
    if (bytes === undefined)
      wrong.push({ text: `${tensor.name} has the type ${tensor.dtype}, which the format does not know`, offset });
    else if (end < start || bytes !== BigInt(end - start))
      wrong.push({ text: `${tensor.name} should have ${bytes} bytes and has ${end - start}`, offset });
    placed.push({ tensor, start, end });
  }
  placed.sort((left, right) => left.start - right.start || left.end - right.end);
  let last = 0;
  for (const { tensor, start, end } of placed) {
    if (start < last) wrong.push({ text: `${tensor.name} lies over another tensor`, offset: tensor.at });
    last = Math.max(last, end);
  }
  const room = size - facts.data;
  if (last > room && facts.data <= size)
    wrong.push({ text: `the tensors need ${last} bytes and the file has ${room}`, offset: 0 });
  const holes = hidden(facts, size).map(({ offset, size: bytes }) => ({
    text: `${bytes} bytes at ${offset} are of no tensor`,
    offset,
  }));
  const [firstWrong] = wrong;
  if (firstWrong) hits.push(many('STATIC-SAFETENSORS-LAYOUT', firstWrong.text, wrong));
  const [firstHole] = holes;
  if (firstHole) hits.push(many('STATIC-SAFETENSORS-HIDDEN', firstHole.text, holes));
  const twice = facts.duplicates.map(({ name, at }) => ({ text: `${name} stands twice`, offset: at }));
  const [firstTwice] = twice;
  if (firstTwice) hits.push(many('STATIC-SAFETENSORS-DUPLICATE', firstTwice.text, twice));
  return hits;
}

/** Parts of the file after the header that no tensor covers. A header that was not read to its end does not show them. */
function hidden({ data, tensors, gaps }: SafeTensors, size: number): { offset: number; size: number }[] {
  if (gaps.length > 0) return [];
  const ranges = tensors.map(({ offsets: [start = 0, end = 0] }) => ({
    start: data + start,
    end: data + Math.max(start, end),
  }));
  return uncovered(ranges, data, size);
}

function bytesOf({ dtype, shape }: Tensor): bigint | undefined {
  const bits = BITS[dtype ?? ''];
  if (bits === undefined) return undefined;
  let count = BigInt(bits);
  // Sixty-four factors of 2^53 at most.
  for (const length of shape) count *= BigInt(length);
  return (count + 7n) / 8n;
}

function many(
  rule: UnlocatedMatch['rule'],
  first: string,
  evidence: { text: string; offset: number }[],
): UnlocatedMatch {
  const more = evidence.length > 1 ? `, and ${evidence.length - 1} more of the kind` : '';
  return {
    rule,
    key: '',
    subject: `In this file: ${first}${more}`,
    evidence: evidence.slice(0, SHOWN),
    count: evidence.length,
  };
}

function names(facts: SafeTensors): UnlocatedMatch[] {
  const odd = facts.tensors.flatMap(({ name, at }) => {
    const bad = leaves(name) || markupIn(name) || codeIn(name) || name.length > 1000 || UNPRINTABLE.test(name);
    return bad ? [{ text: name.slice(0, 200), offset: at }] : [];
  });
  const [first] = odd;
  return first ? [many('STATIC-SAFETENSORS-NAME', `a tensor is called ${first.text}`, odd)] : [];
}

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f]/;
/** The longest training settings and captions seen are shorter. */
const LONG = 1_000_000;

function metadata(facts: SafeTensors): UnlocatedMatch[] {
  const hits: UnlocatedMatch[] = [];
  const addresses: { text: string; offset: number }[] = [];
  for (const { key, value, at } of facts.metadata) {
    const where = `The metadata ${key}`;
    const shown = codeIn(value) ?? markupIn(value) ?? markupIn(key);
    if (shown)
      hits.push({
        rule: 'STATIC-SAFETENSORS-CODE',
        key,
        subject: `${where} holds ${shown.what}: ${shown.shown}`,
        evidence: [{ offset: at, text: shown.shown }],
        idle: !beginsWith(shown, value),
      });
    if (value.length > LONG)
      hits.push({
        rule: 'STATIC-SAFETENSORS-LONG',
        key,
        subject: `${where} has ${value.length} characters`,
        evidence: [{ offset: at, text: value.slice(0, 200) }],
      });
    const secret = namedSecret(key, value);
    if (secret !== undefined)
      hits.push({
        rule: 'STATIC-SECRET-NAMED',
        key,
        subject: `${where} is filled in (${secret})`,
        evidence: [{ offset: at, text: secret }],
      });
    addAll(
      hits,
      secretHits(value, () => at, where),
    );
    for (const match of value.slice(0, 100_000).matchAll(/\bhttps?:\/\/[^\s"'<>\\]{3,200}/g)) {
      if (addresses.length < 20) addresses.push({ text: match[0], offset: at });
    }
  }
  const [first] = addresses;
  if (first) hits.push(many('STATIC-SAFETENSORS-ADDRESS', `its metadata names ${first.text}`, addresses));
  return hits;
}
