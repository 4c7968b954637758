/** Data of R (`.rds`, `.rda`, `.RData`): what reading it evaluates, and what the functions in it would do. */
import { readRData, type RFound } from '../../readers/r/read.js';
import type { Analyser, AnalysisContext, Location } from '../context.js';
import { judgeRCode, showR, type RHit } from './code-judge.js';
import type { RAct } from './names.js';

export const analyseR: Analyser = async (source, place, job) => {
  const limit = Math.max(job.unpackable, source.held ?? 0);
  const bytes = await source.read(0, limit);
  const problem = readRData(
    bytes,
    {
      code: (found) => {
        judgeFound(found, place, job);
      },
      special: (name, text, at) => {
        if (!name.startsWith('mmap_')) return;
        const subject = `A vector of the class ${name} maps ${text ?? 'a file'}`;
        job.add({ rule: 'STATIC-R-MAPS-FILE', place, key: name, subject, evidence: [{ offset: at, text: subject }] });
      },
    },
    job.signal,
  );
  if (bytes.length < source.size) job.gap(place, `only its first ${bytes.length} bytes were read`);
  else if (problem !== undefined) job.gap(place, problem);
};

function judgeFound(found: RFound, place: Location, job: AnalysisContext): void {
  const { code, at, name, bound, active, top } = found;
  const what = name === undefined ? '' : ` called ${name}`;
  if (code.kind === 'promise' && !code.forced && !bound) {
    const shown = showR(code);
    const subject = `The value${what} is the call ${shown}`;
    job.add({ rule: 'STATIC-R-PROMISE', place, key: String(at), subject, evidence: [{ offset: at, text: shown }] });
  }
  const isFunction = code.kind === 'function' || code.kind === 'builtin';
  if (isFunction && name !== undefined && (PACKAGE_HOOKS.has(name) || (top && WORKSPACE_HOOKS.has(name)))) {
    const subject = `It binds the function ${name}`;
    job.add({ rule: 'STATIC-R-HOOK', place, key: name, subject, evidence: [{ offset: at, text: name }] });
  }
  const { hits, unknown } = judgeRCode(code);
  const kept = code.kind === 'call';
  const where = active ? `Reading${what || ' a value'} calls a function that` : kept ? 'A call' : `A function${what}`;
  for (const hit of hits) {
    const subject = `${where} says ${hit.shown}`;
    const evidence = [{ offset: hit.at ?? at, text: hit.shown }];
    job.add({
      rule: kept ? ruleOfCall(hit) : RULES[hit.act],
      place,
      key: `${hit.name} ${hit.shown}`,
      subject,
      evidence,
    });
  }
  for (const shown of unknown) job.gap(place, `R code in it calls what only a run would show: ${shown}`);
}

const RULES: Readonly<Record<RAct, 'STATIC-R-CODE' | 'STATIC-R-CHANGE'>> = {
  run: 'STATIC-R-CODE',
  fetch: 'STATIC-R-CODE',
  native: 'STATIC-R-CODE',
  code: 'STATIC-R-CODE',
  change: 'STATIC-R-CHANGE',
};

/** Data may be read from an address when the model is made; its call says so. */
function ruleOfCall({ act }: RHit): 'STATIC-R-CALL' | 'STATIC-R-CALL-OTHER' {
  return act === 'run' || act === 'native' ? 'STATIC-R-CALL' : 'STATIC-R-CALL-OTHER';
}

/** `?Startup`. */
const WORKSPACE_HOOKS: ReadonlySet<string> = new Set(['.First', '.Last', '.First.sys', '.Last.sys']);
/** `?ns-hooks`. */
const PACKAGE_HOOKS: ReadonlySet<string> = new Set(['.onLoad', '.onAttach', '.onUnload', '.onDetach']);
