/** The rules reference, docs/rules.md, as Markdown. */
import { rulePage, techniqueLink, UNSAFE_MODEL, type Reference } from '../../core/rule-page.js';
import type { Category } from '../../core/schema.js';
import { worstFirst } from '../../core/terms.js';
import type { OutsideLimit } from '../acts.js';
import { RULES } from './index.js';
import type { Rule } from './rule.js';

/** @public scripts/generated.mjs imports it, where knip does not look. */
export function rulesPage(): string {
  return [
    '# Rules of the dynamic side',
    '',
    'Generated from `src/behavior/rules/` by `scripts/generated.mjs`; do not edit.',
    '',
    'Each rule looks at what a process did, whichever system call it used. An attempt that failed or was refused counts like one',
    'that worked. What a harmless model of the same format does in the same image is taken off, by count.',
    'Of one act the first rule that applies is reported. The examples are lines of `strace -f -y`, in a run whose model is',
    '`/model/model.pkl`, whose home folder is `/home/model`, whose scratch space is `/tmp`, whose runner is process 100,',
    'and whose canaries are a Hugging Face token, `hf_q7Zt0Kx9Lw3Rb8Vy2Mn5HcJd4Ps6TgFa1E`, and three documents in `/home/model/Documents`.',
    '',
    '| Rule | Severity | Category | ATT&CK | What |',
    '| --- | --- | --- | --- | --- |',
    ...bySeverity().map(
      (rule) =>
        `| ${link(rule)} | ${rule.severity} | ${rule.category} | ${techniqueLink(rule.attack)} | ${rule.title} |`,
    ),
    ...bySeverity().flatMap((rule) => ['', ...section(rule)]),
    '',
  ].join('\n');
}

/** One rule, as the page shows it; undefined when no rule has this id. */
export function ruleSection(id: string): string | undefined {
  const rule = RULES.find((known) => known.id === id);
  return rule && section(rule).join('\n');
}

function bySeverity(): readonly Rule[] {
  return [...RULES].sort((a, b) => worstFirst(a, b) || (a.id < b.id ? -1 : 1));
}

function section(rule: Rule): string[] {
  const { id, title, severity, category, attack, meaning, harmless, advice, example, outside } = rule;
  return rulePage({
    ...{ id, title, severity, category, attack, meaning, harmless },
    example: outside === undefined ? example.map((line) => line.replaceAll('NONCE', RUN)) : REACHED[outside],
    instead: [advice, INSTEAD[category]],
    references: [UNSAFE_MODEL, STRACE],
  });
}

/** Marks the messages of the runner in one run. */
const RUN = '8d31aa72ad77';

/** What the sandbox says where no system call shows it. */
const REACHED: Readonly<Record<OutsideLimit, string>> = {
  memory: 'A file of 2 KiB takes 4 GiB of memory while it is loaded, and the sandbox ends it.',
  output: 'The model prints the same line until the sandbox has taken all the output that it keeps.',
  time: 'The load has not returned after 60 seconds, and the sandbox ends it.',
  trace: 'The model makes a million system calls, and the scan ends at the limit.',
};

const STRACE: Reference = { name: 'strace, whose lines the examples are', url: 'https://strace.io/' };

/** By what kind of harm it does. */
const INSTEAD: Readonly<Record<Category, string>> = {
  execution: 'Ask for the weights in a format that holds no code: SafeTensors, GGUF or ONNX.',
  network: 'Load models where there is no network, from a folder that has all their files.',
  'credential-access':
    'Load models under a user, or in a container, whose home folder holds no secrets; replace those that were there when it was loaded.',
  persistence:
    'If it was loaded outside a sandbox, look at the place that the finding names, and restore it from a backup.',
  'file-write': 'Load models under a user, or in a container, that may write to a scratch folder alone.',
  'file-delete': 'Load models under a user, or in a container, that may write to a scratch folder alone.',
  permissions: 'Load models in a container without privileges, under a user of its own.',
  'resource-abuse':
    'Load models where memory, processes, disk and time are bounded; if you expect such a model, raise the limit in the settings and scan again.',
  evasion: 'Believe no other scan of this model; ask for the weights in a format that holds no code.',
  escape: 'Load models in a container without privileges, on a kernel that is up to date, or in a virtual machine.',
  discovery: 'Load models where there is nothing to find: in a container, with the files of the model alone.',
  crash:
    'Fetch the file again, compare its hash with that of its author, and try the version of the library that saved it.',
  content: 'Ask the author what it is for before you use the model.',
};

function link(rule: Rule): string {
  return `[${rule.id}](#${rule.id.toLowerCase()})`;
}
