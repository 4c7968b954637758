/** GGUF: checks sizes, offsets and names against the file, and judges every chat template. */
import { sliceSource, uncovered, type Range } from '../../readers/bytes.js';
import { analyseTemplateText } from '../jinja/analyse.js';
import { partOf, type Analyser, type UnlocatedMatch } from '../context.js';
import { beginsWith, codeIn, markupIn } from '../manifest/code-like.js';
import { namedSecret, secretHits } from '../secrets/find.js';
import { readGguf, TEMPLATE_KEY, type Gguf, type GgufTensor } from '../../readers/gguf/reader.js';
import { bytesOf, elementsOf } from '../../readers/gguf/types.js';
import { addAll } from '../../core/lists.js';

interface Shown {
  readonly text: string;
  readonly offset: number;
}

export const analyseGguf: Analyser = async (source, place, job) => {
  const facts = await readGguf(source, job.signal);
  for (const gap of facts.gaps) job.gap(place, gap);
  for (const hit of [...layout(facts, source.size), ...names(facts), ...texts(facts)]) job.add({ ...hit, place });
  for (const { offset, size } of hidden(facts, source.size).slice(0, NESTED_LIMIT))
    await job.nested(sliceSource(source, offset, size), partOf(place, offset));
  for (const { key, text, at } of facts.texts) {
    const whole = TEMPLATE_KEY.test(key);
    if (whole || text.includes('{%') || text.includes('{{'))
      analyseTemplateText(text, place, job, { name: key, offset: at, whole, rendered: whole || PROMPT_KEY.test(key) });
  }
};

const PROMPT_KEY = /template|prompt|jinja/i;
const NESTED_LIMIT = 100;
const SHOWN = 8;

/** A size that no machine's memory has, and that a reader in C computes with 64 bits. */
const LARGEST = 1n << 62n;

function layout(facts: Gguf, size: number): UnlocatedMatch[] {
  const wrong: Shown[] = facts.wrong.map(({ text, at }) => ({ text, offset: at }));
  const data = BigInt(facts.data ?? 0);
  const placed: { start: bigint; end: bigint; tensor: GgufTensor }[] = [];
  for (const tensor of facts.tensors) {
    const { name, offset, at } = tensor;
    const bytes = bytesOf(tensor);
    if (elementsOf(tensor) > LARGEST)
      wrong.push({ text: `the tensor ${name} has more elements than can be counted`, offset: at });
    if (offset % BigInt(facts.alignment) !== 0n)
      wrong.push({ text: `the tensor ${name} does not begin at a multiple of ${facts.alignment}`, offset: at });
    if (facts.data !== undefined && data + offset + (bytes ?? 0n) > BigInt(size))
      wrong.push({ text: `the tensor ${name} lies outside the file`, offset: at });
    if (bytes !== undefined) placed.push({ start: offset, end: offset + bytes, tensor });
  }
  placed.sort((left, right) => (left.start < right.start ? -1 : left.start > right.start ? 1 : 0));
  let last = 0n;
  for (const { start, end, tensor } of placed) {
    if (start < last) wrong.push({ text: `the tensor ${tensor.name} lies over another`, offset: tensor.at });
    if (end > last) last = end;
  }
  const holes = hidden(facts, size).map(({ offset, size: bytes }) => ({
    text: `${bytes} bytes at ${offset} are of no tensor`,
    offset,
  }));
  return [
    ...many('STATIC-GGUF-LAYOUT', wrong),
    ...many('STATIC-GGUF-HIDDEN', holes),
    ...many('STATIC-GGUF-TWICE', twice(facts)),
  ];
}

/** Parts of the file that belong to no tensor and are more than padding; none are reported when a type's size is not known. */
function hidden(facts: Gguf, size: number): { offset: number; size: number }[] {
  const { data, alignment } = facts;
  if (data === undefined || facts.gaps.length > 0) return [];
  const ranges: Range[] = [];
  for (const tensor of facts.tensors) {
    const bytes = bytesOf(tensor);
    if (bytes === undefined || tensor.offset + bytes > BigInt(size)) return [];
    ranges.push({ start: data + Number(tensor.offset), end: data + Number(tensor.offset + bytes) });
  }
  return uncovered(ranges, data, size, Math.max(alignment, 32));
}

function twice(facts: Gguf): Shown[] {
  const found: Shown[] = [];
  for (const [what, list] of [
    ['key', facts.keys.map(({ key, at }) => ({ name: key, at }))],
    ['tensor', facts.tensors],
  ] as const) {
    const seen = new Set<string>();
    for (const { name, at } of list) {
      if (seen.has(name)) found.push({ text: `the ${what} ${name} stands twice`, offset: at });
      seen.add(name);
    }
  }
  return found;
}

function names(facts: Gguf): UnlocatedMatch[] {
  const all = [
    ...facts.keys.map(({ key, at }) => ({ name: key, at, most: 65_535 })),
    // `GGML_MAX_NAME`, with the zero that ends a text in C.
    ...facts.tensors.map(({ name, at }) => ({ name, at, most: 63 })),
  ];
  const odd = all.flatMap(({ name, at, most }) => {
    const bad = name.split(/[\\/]/).includes('..') || /^[/\\~]|:\/\//.test(name) || markupIn(name) || codeIn(name);
    return bad || UNPRINTABLE.test(name) || Buffer.byteLength(name) > most
      ? [{ text: `something is called ${name.slice(0, 200)}`, offset: at }]
      : [];
  });
  return many('STATIC-GGUF-NAME', odd);
}

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f]/;

function texts(facts: Gguf): UnlocatedMatch[] {
  const hits: UnlocatedMatch[] = [];
  for (const { key, text, at } of facts.texts) {
    addAll(
      hits,
      secretHits(text, () => at, key),
    );
    const secret = namedSecret(key, text);
    if (secret !== undefined)
      hits.push({
        rule: 'STATIC-SECRET-NAMED',
        key,
        subject: `${key} is filled in (${secret})`,
        evidence: [{ offset: at, text: secret }],
      });
    if (TEMPLATE_KEY.test(key)) continue;
    const code = codeIn(text) ?? markupIn(text);
    if (code)
      hits.push({
        rule: 'STATIC-GGUF-CODE',
        key,
        subject: `${key} holds ${code.what}: ${code.shown}`,
        evidence: [{ offset: at, text: code.shown }],
        idle: !beginsWith(code, text),
      });
  }
  return hits;
}

function many(rule: UnlocatedMatch['rule'], shown: readonly Shown[]): UnlocatedMatch[] {
  const [first] = shown;
  if (!first) return [];
  const more = shown.length > 1 ? `, and ${shown.length - 1} more of the kind` : '';
  return [
    {
      rule,
      key: '',
      subject: `In this file ${first.text}${more}`,
      evidence: shown.slice(0, SHOWN),
      count: shown.length,
    },
  ];
}
