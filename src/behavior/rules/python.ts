import type { Act, AuditAct } from '../acts.js';
import { shown } from '../args.js';
import { isImageCode } from '../path-zones.js';
import type { Rule } from './rule.js';
import { isOfOtherSystem } from '../../names/acting.js';

/** Code files between an unpickler and what the pickle calls: `torch.load`, `numpy.load`, `dill.load`, Python's own `pickle`. */
const UNPICKLERS =
  /\/(?:_?pickle|torch\/(?:serialization|_weights_only_unpickler|jit\/\w+)|numpy\/(?:lib\/\w+|_core\/\w+|core\/\w+)|dill\/_dill|joblib\/\w+|cloudpickle\/\w+)\.py$/;

const audited =
  (event: RegExp, applies: (act: AuditAct) => boolean, subject: (act: AuditAct) => string) =>
  (act: Act): string | undefined =>
    act.act === 'audit' && event.test(act.name) && applies(act) ? subject(act) : undefined;

export const PYTHON: readonly Rule[] = [
  {
    id: 'DYN-PY-STATE',
    severity: 'high',
    category: 'evasion',
    attack: 'T1574',
    title: 'Changes the program that loads it',
    meaning:
      'The change outlives the load: what the user does next in that program goes through what the model put there.',
    harmless:
      'Where a library that is imported for the model registers itself; changes that a harmless model makes, too, are taken off.',
    advice: 'Do not load this model. In a program that has loaded it, trust nothing until it is started anew.',
    example: [
      '100 write(3<pipe:[1]>, "dynscan:NONCE {\\"k\\":\\"changed\\",\\"what\\":\\"ssl._create_default_https_context\\",\\"to\\":\\"a function of the model\\"}\\n", 99) = 99',
    ],
    subject: (act) => (act.act === 'state' ? shown(act.what) : undefined),
  },
  {
    id: 'DYN-PY-OTHER-SYSTEM',
    severity: 'medium',
    category: 'execution',
    attack: 'T1480',
    title: 'Carries code for another operating system',
    meaning: 'It did nothing here because this sandbox is Linux; on the system it is made for it would act.',
    harmless: 'Where an object keeps a path of Windows; its class is known and is taken off.',
    advice: 'Do not load this model on any system.',
    example: [
      '100 write(3<pipe:[1]>, "dynscan:NONCE {\\"k\\":\\"audit\\",\\"event\\":\\"pickle.find_class\\",\\"args\\":[\\"nt\\",\\"system\\"],\\"frames\\":[]}\\n", 99) = 99',
    ],
    subject: (act) => (act.act === 'global' && isOfOtherSystem(act.name) ? act.name : undefined),
  },
  {
    id: 'DYN-PY-GLOBAL',
    severity: 'high',
    category: 'execution',
    attack: 'T1059.006',
    title: 'Asks for a Python function that no model needs',
    meaning:
      'The function can run programs or code. Nothing it did was seen this time, but that can depend on time, place or luck.',
    harmless: 'Where the object keeps a function only to compare it, and never calls it.',
    advice: 'Do not load this model. Ask who made it for a copy in a format without code, such as SafeTensors.',
    example: [
      '100 write(3<pipe:[1]>, "dynscan:NONCE {\\"k\\":\\"audit\\",\\"event\\":\\"pickle.find_class\\",\\"args\\":[\\"posix\\",\\"system\\"],\\"frames\\":[]}\\n", 99) = 99',
    ],
    subject: (act) => (act.act === 'global' ? act.name : undefined),
  },
  {
    id: 'DYN-PY-BROWSER',
    severity: 'medium',
    category: 'execution',
    attack: 'T1204.001',
    title: 'Asks Python to open a web page',
    meaning: 'The page is chosen by the model, and opens in the browser of the user who loads it.',
    harmless: 'In a tool that shows its results in a page and that you start yourself.',
    advice: 'Do not load this model unless you know why it opens a page.',
    example: [
      '100 write(3<pipe:[1]>, "dynscan:NONCE {\\"k\\":\\"audit\\",\\"event\\":\\"webbrowser.open\\",\\"args\\":[\\"http://192.0.2.9/\\"],\\"frames\\":[]}\\n", 99) = 99',
    ],
    subject: audited(
      /^webbrowser\.open$/,
      () => true,
      (act) => shown(act.args[0] ?? ''),
    ),
  },
  {
    id: 'DYN-PY-CODE',
    severity: 'medium',
    category: 'execution',
    attack: 'T1059.006',
    title: 'Runs Python code of its own',
    meaning:
      'The model carries program text and had it run while it was loaded or used. A model of this kind is data and needs none.',
    harmless:
      'Where the format keeps its program as text, as TorchScript and named tuples do; these are known and are taken off. Read the code: it stands in the report.',
    advice: 'Read the code before you trust the model: the same place can hold any other code.',
    example: [
      '100 write(3<pipe:[1]>, "dynscan:NONCE {\\"k\\":\\"audit\\",\\"event\\":\\"exec\\",\\"args\\":[\\"code <module>\\"],\\"frames\\":[]}\\n", 99) = 99',
    ],
    subject: audited(/^(?:exec|compile|marshal\.loads)$/, isCalledByModel, () => 'code'),
  },
];

/** Importing a module, a dataclass and a named tuple run code, too: their callers are files of the image. */
function isCalledByModel(act: AuditAct): boolean {
  const caller = act.frames[0]?.file;
  return caller === undefined || UNPICKLERS.test(caller) || !isImageCode(caller);
}
