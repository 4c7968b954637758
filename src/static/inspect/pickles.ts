/** The facts about pickles that a user inspects: the names they ask for, the tensors they hold. */
import type { Format } from '../../core/formats.js';
import type { ByteSource } from '../../readers/bytes.js';
import { readPickles } from '../pickle/analyse.js';
import { carriedBy, describeFunction } from '../pickle/carried.js';
import { canonicalModule, isStandard, judge } from '../../names/capabilities.js';
import type { CallValue, Value } from '../../readers/pickle/value.js';
import { walkStream } from '../../readers/pickle/walk.js';
import { emptyFacts } from '../../readers/pickle/facts.js';
import { isCarriedFunction } from '../pickle/harmless.js';
import { GuessBudget } from '../../readers/pickle/scan.js';
import { namedValues } from '../weights/readers.js';
import { objectRows } from './objects.js';
import { arrayOfNumpy, arrayOfTensor, numpyArray, torchTensor, type Storages } from './tensor-values.js';
import type { Gatherer } from './gather.js';

export interface PickleSource {
  /** Path inside archives; undefined for the file itself. */
  readonly member: string | undefined;
  /** Byte where the pickle begins in the file or the member. */
  readonly at: number;
  readonly source: ByteSource;
  readonly expected: Format | undefined;
  /** Where the numbers of torch's tensors lie. */
  readonly storages?: Storages | undefined;
}

/** Opcodes walked for the tensors' names. */
const TENSOR_OPCODES = 20_000_000;

export async function inspectPickle(
  { member, at, source, expected, storages }: PickleSource,
  gather: Gatherer,
): Promise<void> {
  const [reading] = await readPickles(source, expected, new GuessBudget(), gather.signal);
  if (!reading) return;
  const { scan } = reading;
  if (scan.ended) throw scan.ended.error;
  const pickle = gather.pickle(member, at, source.size);
  for (const use of scan.facts.globals.values()) {
    const module = canonicalModule(use.module);
    const verdict = judge(module, use.name);
    gather.row('globals', [`${use.module}.${use.name}`, verdict.kind, use.count, member ?? '', at + use.offset], {
      ...(pickle === undefined ? {} : { pickle, offset: use.offset }),
    });
    const [top = ''] = use.module.split('.');
    if (!isStandard(module) && top !== '__torch__') gather.framework(LIBRARIES.get(top) ?? top);
  }
  if (member === undefined) {
    const [first] = scan.streams;
    gather.fact('Pickle protocol', first && (first.protocol ?? 'below 2'));
    if (scan.streams.length > 1) gather.fact('Pickles one after another', scan.streams.length);
  }
  const carried = scan.facts.calls.filter(({ callee }) => isCarriedFunction(callee)).length;
  if (carried > 0) gather.fact('Calls of functions that the file carries', carried);
  const made = await carriedBy(scan, source);
  if (made)
    for (const one of made.carried.program.functions)
      gather.row('functions', [one.name, describeFunction(made.code, one), member ?? '', at + one.offset], {
        ...(pickle === undefined ? {} : { pickle, offset: one.offset }),
      });
  for (const gap of scan.gaps) gather.gap(member === undefined ? gap : `${member}: ${gap}`);
  await inspectObjects(
    source,
    scan.streams.map(({ start }) => start),
    { member, at, pickle, storages, arrays: reading.arrays },
    gather,
  );
}

/** Opcodes that are walked before anything else is known of a file. */
const GLIMPSE_OPCODES = 50_000;

/** What a pickle would build, as far as its first opcodes tell, with which it is not waited for the rest. */
export async function glimpsePickle(source: ByteSource, gather: Gatherer): Promise<void> {
  const place = { member: undefined, at: 0, pickle: undefined, storages: undefined, arrays: true };
  await inspectObjects(source, [0], place, gather, GLIMPSE_OPCODES);
}

interface Place {
  readonly member: string | undefined;
  readonly at: number;
  readonly pickle: number | undefined;
  readonly storages: Storages | undefined;
  /** Arrays of joblib's lie between the opcodes. */
  readonly arrays: boolean;
}

/** What the pickles would build, and tensors of torch by the names that they are stored under. */
async function inspectObjects(
  source: ByteSource,
  starts: readonly number[],
  { member, at, pickle, storages, arrays }: Place,
  gather: Gatherer,
  most = TENSOR_OPCODES,
): Promise<void> {
  let opcodes = most;
  const noted = new Map<Value, number | undefined>();
  const note = (value: CallValue): number | undefined => {
    if (noted.has(value)) return noted.get(value);
    const tensor = torchTensor(value);
    const array = tensor ? undefined : numpyArray(value);
    const index = tensor ? arrayOfTensor(tensor, storages, gather) : array && arrayOfNumpy(array, at, gather);
    noted.set(value, index);
    return index;
  };
  for (const start of starts.slice(0, STREAMS_LOOKED_AT)) {
    const walk = await walkStream(source, start, emptyFacts(), {
      opcodes,
      unfinished: true,
      arrays,
      observe: namedValues((key, value) => {
        const tensor = torchTensor(value);
        if (tensor && value.kind === 'call') gather.tensor({ ...tensor, name: key, array: note(value) });
      }),
      ...(gather.signal ? { signal: gather.signal } : {}),
    });
    if (walk.result) {
      const several = starts.length > 1 ? ` at byte ${at + start}` : '';
      for (const { cells, depth, offset, array } of objectRows(walk.result, note)) {
        const [name, ...rest] = depth === 0 ? [`${member ?? 'pickle'}${several}`, ...cells.slice(1)] : cells;
        const place = pickle === undefined || offset === undefined ? {} : { pickle, offset };
        const numbers = array === undefined ? {} : { array };
        gather.row('objects', [name ?? '', ...rest], {
          ...place,
          ...numbers,
          ...(depth === undefined ? {} : { depth }),
        });
      }
    }
    opcodes -= walk.opcodes;
    if (opcodes > 0) continue;
    gather.gap(`${member === undefined ? '' : `${member}: `}objects past the first ${most} opcodes`);
    return;
  }
}
const STREAMS_LOOKED_AT = 16;

/** Top-level modules by their usual names; other modules keep their own. */
const LIBRARIES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    torch: 'PyTorch',
    torchvision: 'torchvision',
    sklearn: 'scikit-learn',
    numpy: 'NumPy',
    scipy: 'SciPy',
    pandas: 'pandas',
    xgboost: 'XGBoost',
    lightgbm: 'LightGBM',
    catboost: 'CatBoost',
    keras: 'Keras',
    tensorflow: 'TensorFlow',
    transformers: 'Transformers',
    joblib: 'joblib',
    dill: 'dill',
    cloudpickle: 'cloudpickle',
  }),
);
