/** The analyser of TorchScript's programs. */
import { escapeAndCut } from '../../core/escape.js';
import type { ByteSource } from '../../readers/bytes.js';
import type { AnalysisContext, Location } from '../context.js';
import { readBytecode, readScript } from './torchscript.js';

/** The names that `torch.jit.save` gives the source of a program. */
export function isScriptName(name: string): boolean {
  return (name.endsWith('.py') && `/${name}`.includes('/code/')) || isBytecodeName(name);
}

function isBytecodeName(name: string): boolean {
  return /(?:^|\/)bytecode\.pkl$/.test(name);
}

/** More bytes than any program has. */
export const SCRIPT_LIMIT = 16 * 1024 * 1024;

/** `gap`: why `source` does not hold the whole program. */
export async function analyseScript(
  source: ByteSource,
  gap: string | undefined,
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  if (gap !== undefined || source.size > SCRIPT_LIMIT) job.gap(place, gap ?? 'it is too long to be a program');
  const code = Buffer.from(await source.read(0, SCRIPT_LIMIT)).toString('latin1');
  const bytecode = place.member !== undefined && isBytecodeName(place.member);
  const { uses, gaps } = bytecode ? readBytecode(code) : readScript(code);
  for (const why of gaps) job.gap(place, why);
  for (const { kind, text, offset, loading } of uses) {
    const shown = escapeAndCut(text.split('\n', 1)[0]?.trim() ?? '', 120);
    job.add({
      rule: kind === 'file' ? 'STATIC-TORCHSCRIPT-FILE' : 'STATIC-TORCHSCRIPT-NETWORK',
      place,
      key: '',
      subject: `Its program says ${shown}${loading ? ' in __setstate__, which already runs when the model is loaded' : ''}`,
      evidence: [{ offset, text: shown }],
    });
  }
}
