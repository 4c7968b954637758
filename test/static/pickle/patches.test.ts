/** BUILD changes the object under it: an instance that the pickle made is its own, a module, a class or a logger is everybody's. */
import { describe, expect, it } from 'vitest';
import { call, concat, global, op, pickle, value } from '../../../samples/assemble.mjs';
import { analyse } from '../support.js';

describe('what others have, too', () => {
  const estimator = global('sklearn.base', 'BaseEstimator');
  const importer = global('cloudpickle.cloudpickle', 'subimport');
  const state = value({ compare_digest: global('builtins', 'callable') });
  it.each<[string, Uint8Array]>([
    ['a module by cloudpickle', call(global('cloudpickle.cloudpickle', 'subimport'), op.unicode('hmac'))],
    ['a module by dill', call(global('dill._dill', '_import_module'), op.unicode('hmac'))],
    ['a logger', call(global('logging', 'getLogger'), op.unicode('x'))],
    [
      'a class by getattr',
      call(global('builtins', 'getattr'), global('sklearn.base', 'BaseEstimator'), op.unicode('fit')),
    ],
    ['what a partial call imports', call(call(global('functools', 'partial'), importer, op.unicode('hmac')))],
    [
      'what a partial call is given to import',
      call(call(global('functools', 'partial'), importer), op.unicode('hmac')),
    ],
    ['a class that is copied', call(global('copy', 'copy'), estimator)],
    ['the larger of one', call(global('builtins', 'max'), concat(estimator, op.tuple1))],
    [
      'the next of one',
      call(global('builtins', 'next'), call(global('builtins', 'iter'), concat(estimator, op.tuple1))),
    ],
    ['an item', call(call(global('operator', 'itemgetter'), op.int(0)), concat(estimator, op.tuple1))],
    ['the class of a value', call(global('builtins', 'type'), concat(estimator, op.emptyTuple, op.newObj))],
    ['a type of Python by dill', call(global('dill._dill', '_load_type'), op.unicode('SimpleNamespace'))],
  ])('%s is not to be changed', async (_, target) => {
    expect((await analyse(pickle(concat(target, state, op.build)))).rules).toContain('STATIC-PICKLE-PATCH');
  });

  it.each<[string, Uint8Array]>([
    ['a module', call(importer, op.unicode('hmac'))],
    ['a logger', call(global('logging', 'getLogger'), op.unicode('x'))],
    ['an instance', concat(estimator, op.emptyTuple, op.newObj, state, op.build)],
    ['a partial call', concat(call(global('functools', 'partial'), estimator), state, op.build)],
    ['a container', concat(call(global('collections', 'deque'), value([1])), state, op.build)],
  ])('%s is clean', async (_, body) => {
    expect((await analyse(pickle(body))).loud).toEqual([]);
  });
});
