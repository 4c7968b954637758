/** What every input of the fuzzer goes through: detection, every analyser that matches, and the listing. */
import { detectFormat } from '../../src/model/detect.js';
import { analyseStatic } from '../../src/static/analyse.js';
import { bytesSource } from '../../src/static/bytes.js';
import { disassemble } from '../../src/static/pickle/disassemble.js';

/** Throws when something throws, or when something of the file passes unescaped. */
export async function runTarget(bytes: Uint8Array, name: string): Promise<void> {
  const source = bytesSource(bytes);
  const result = await analyseStatic(source, await detectFormat(source, { name }), { name });
  const listing = await disassemble(source);
  const page = await listing.lines(Math.max(1, listing.lineCount - 20), 20);
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  const unsafe = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.exec(
    JSON.stringify([result.findings, result.gaps, result.globals, result.needs, page]),
  );
  if (unsafe) throw new Error(`a character passes unescaped: U+${unsafe[0].charCodeAt(0).toString(16)}`);
}
