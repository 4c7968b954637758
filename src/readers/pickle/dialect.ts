/** Dialects of pickle: what a loader other than `pickle.load` reads differently. */
import { canonicalModule } from '../../names/capabilities.js';
import type { StreamWalk } from './walk.js';
import type { PickleFacts } from './facts.js';

/** `MAGIC_NUMBER = 0x1950a86a20f9469cfc6c` (torch/serialization.py). */
const TORCH_MAGIC = [0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/** True when the stream is the number that torch's legacy format begins with. */
export function isTorchMagic({ result }: StreamWalk): boolean {
  return (
    result?.kind === 'long' &&
    result.bytes.length === TORCH_MAGIC.length &&
    TORCH_MAGIC.every((byte, index) => byte === result.bytes[index])
  );
}

/** Magic number, protocol, system, the object, the keys of its storages; then come raw storages (`torch.serialization._legacy_save`). */
export const TORCH_LEGACY_STREAMS = 5;

/** True when joblib may have written arrays between the opcodes. */
export function asksForJoblib(facts: PickleFacts): boolean {
  for (const { module } of facts.globals.values()) if (canonicalModule(module) === 'joblib.numpy_pickle') return true;
  return false;
}
