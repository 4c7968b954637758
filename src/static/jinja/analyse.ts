/** Jinja2 templates: a file of its own (`chat_template.jinja`), or a text inside another format. */
import type { Analyser, AnalysisContext, Location } from '../context.js';
import { judgeTemplate, TEMPLATE_LIMIT } from './template-judge.js';

export const analyseTemplate: Analyser = async (source, place, job) => {
  // A character takes four bytes at most.
  const bytes = await source.read(0, 4 * TEMPLATE_LIMIT);
  if (bytes.length < source.size) job.gap(place, 'the template is too long to be read whole');
  const text = Buffer.from(bytes).toString('utf8');
  judgeText(text, place, job, (at) => Buffer.byteLength(text.slice(0, at)));
};

/**
 * A template that stands in another file as a text; every finding is at the offset of that text. `whole` is false for a text that only may be a
 * template: if it has no end, it is none. `rendered` is false for a text that no known program renders.
 */
export function analyseTemplateText(
  text: string,
  place: Location,
  job: AnalysisContext,
  {
    name,
    offset,
    whole,
    rendered,
  }: { readonly name: string; readonly offset: number; readonly whole: boolean; readonly rendered: boolean },
): void {
  judgeText(text, place, job, () => offset, { name, whole, rendered });
}

function judgeText(
  text: string,
  place: Location,
  job: AnalysisContext,
  offsetOf: (at: number) => number,
  { name, whole, rendered }: { readonly name: string; readonly whole: boolean; readonly rendered: boolean } = {
    name: '',
    whole: true,
    rendered: true,
  },
): void {
  const { hits, gaps } = judgeTemplate(text);
  const inside = name === '' ? '' : `${name}: `;
  for (const hit of hits) {
    // Two brackets occur in any text (wikis use them for links); no text names Python's internals by accident.
    if (!rendered && hit.rule !== 'STATIC-JINJA-PYTHON') continue;
    job.add({
      ...hit,
      place,
      key: `${name}\n${hit.key}`,
      subject: name === '' ? hit.subject : `In ${name}: ${hit.subject}`,
      evidence: hit.evidence.map(({ offset = 0, text: shown }) => ({ offset: offsetOf(offset), text: inside + shown })),
    });
  }
  if (whole) for (const gap of gaps) job.gap(place, inside + gap);
}
