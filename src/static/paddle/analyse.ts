/** Models of PaddlePaddle: a program (`.pdmodel`, `paddle/fluid/framework/framework.proto`) and its parameters (`.pdiparams`). */
import { PADDLE_OPS } from '../../names/paddle-ops.js';
import { paddleTensorEnd } from '../../readers/paddle.js';
import { each, message, TEXT, walkMessage, type Message, type MessageSpec } from '../../readers/protobuf/wire.js';
import type { Analyser, AnalysisContext, Location } from '../context.js';
import { isNativeLibrary } from '../../readers/native-library.js';
import { whyOutside } from '../protobuf/paths.js';

/** `ProgramDesc`, as far as its operations go. */
const PROGRAM: MessageSpec = { name: 'ProgramDesc', fields: { 1: message(() => BLOCK) } };
const BLOCK: MessageSpec = { name: 'BlockDesc', fields: { 4: each(() => OPERATION) } };
const OPERATION: MessageSpec = { name: 'OpDesc', fields: { 3: TEXT, 4: message(() => ATTRIBUTE) } };
// name, s, strings.
const ATTRIBUTE: MessageSpec = {
  name: 'Attr',
  fields: { 1: TEXT, 5: TEXT, 8: { kind: 'text', keep: 4096, most: 64 } },
};

export const analysePaddle: Analyser = async (source, place, job) => {
  const unknown = new Set<string>();
  const { faults } = await walkMessage(source, PROGRAM, {
    signal: job.signal,
    visit: (operation) => {
      judge(operation, unknown, place, job);
    },
  });
  for (const { offset, text } of faults) job.gap(place, `${text} (byte ${place.base + offset})`);
  if (unknown.size > 0)
    job.gap(place, `it needs operations that do not come with PaddlePaddle (${[...unknown].slice(0, 8).join(', ')})`);
};

const UNKNOWN_KEPT = 100;

function judge(operation: Message, unknown: Set<string>, place: Location, job: AnalysisContext): void {
  const name = operation.text(3) ?? '';
  const add = (rule: 'STATIC-PADDLE-CODE' | 'STATIC-PADDLE-FILE' | 'STATIC-PADDLE-LIBRARY', subject: string): void => {
    job.add({ rule, place, key: subject, subject, evidence: [{ offset: operation.offset, text: name }] });
  };
  if (CODE.has(name)) add('STATIC-PADDLE-CODE', `It has the operation ${name}`);
  else if (!PADDLE_OPS.has(name) && unknown.size < UNKNOWN_KEPT) unknown.add(name);
  for (const attribute of operation.messages(4)) {
    const key = attribute.text(1) ?? '';
    for (const value of [...attribute.texts(5), ...attribute.texts(8)]) {
      if (isNativeLibrary(value)) add('STATIC-PADDLE-LIBRARY', `${name} has ${key} ${value}`);
      else if (FILES.has(name) && key === 'file_path') {
        const why = WRITES.has(name) ? 'it is written when the model runs' : whyOutside(value);
        if (why !== undefined) add('STATIC-PADDLE-FILE', `${name} names ${value}: ${why}`);
      }
    }
  }
}

/** They call functions of Python by a number, or serve and ask other machines. */
const CODE: ReadonlySet<string> = new Set([
  'py_func',
  'listen_and_serv',
  'heter_listen_and_serv',
  'send_and_recv',
  'create_py_reader',
]);
const WRITES: ReadonlySet<string> = new Set(['save', 'save_combine']);
const FILES: ReadonlySet<string> = new Set(['save', 'save_combine', 'load', 'load_combine', 'read_file']);

export const analysePaddleParams: Analyser = async (source, place, job) => {
  for (let offset = 0; offset < source.size;) {
    job.signal.throwIfAborted();
    const end = await paddleTensorEnd(source, offset);
    if (end === undefined) {
      job.gap(place, `no whole tensor begins at byte ${place.base + offset}`);
      return;
    }
    offset = end;
  }
};
