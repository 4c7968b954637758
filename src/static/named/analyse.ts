/** Formats that are told and not read: what they can do is said in the place of an analysis. */
import { latin1, sliceSource } from '../../readers/bytes.js';
import type { Analyser } from '../context.js';

function named(what: string): Analyser {
  return (_source, place, job) => {
    job.gap(place, what);
    return Promise.resolve();
  };
}

/** `NvInferRuntime.h`: plug-ins, and code for the host in engines that later versions can load. */
export const analyseTensorRt = named(
  'it is an engine of TensorRT: programs for a GPU, which can bring plug-ins that are native libraries. It was not read; build it from a model that was',
);

export const analyseExecuTorch = named(
  'it is a program of ExecuTorch, whose delegates carry compiled code for an accelerator. It was not read; export it from a model that was',
);

/** How Lua's and LuaJIT's compiled functions begin. */
const LUA = ['\x1bLua', '\x1bLJ\x01', '\x1bLJ\x02'];
const PIECE = 1024 * 1024;
/** Bytes that are searched. */
const SEARCHED = 64 * 1024 * 1024;

/** Torch7 (`torch/File.lua`): its objects can be functions of Lua, which `torch.load` makes of their bytecode. */
export const analyseTorch7: Analyser = async (source, place, job) => {
  job.gap(
    place,
    'it is an object of Torch7, which can hold compiled functions of Lua; its objects were not read, only searched for such functions',
  );
  const end = Math.min(source.size, SEARCHED);
  for (let from = 0; from < end; from += PIECE) {
    job.signal.throwIfAborted();
    const text = latin1(await sliceSource(source, from, PIECE + 4).read(0, PIECE + 4));
    for (const begin of LUA) {
      const at = text.indexOf(begin);
      if (at < 0) continue;
      const subject = `At byte ${place.base + from + at} a compiled function of Lua begins`;
      job.add({
        rule: 'STATIC-TORCH7-FUNCTION',
        place,
        key: '',
        subject,
        evidence: [{ offset: from + at, text: 'Lua' }],
      });
      return;
    }
  }
};

/** A pointer of Git LFS (git-lfs/docs/spec.md) stands where the file itself should be. */
export const analyseLfsPointer: Analyser = async (source, place, job) => {
  const text = latin1(await source.read(0, 1024));
  const size = /^size (\d{1,16})$/m.exec(text)?.[1];
  job.gap(
    place,
    `it is a pointer of Git LFS: the model itself${size === undefined ? '' : ` (${size} bytes)`} is not here. git lfs pull fetches it`,
  );
};
