/** Compares the header of an array of plain numbers with the data after it (`numpy/lib/_format_impl.py`, "Format Version 1.0" to 3.0). */
import { latin1, sliceSource, type ByteSource } from '../../readers/bytes.js';
import { partOf, type AnalysisContext, type Location } from '../context.js';

export interface ArrayParts {
  /** As it stands: a Python dictionary. */
  readonly header: string;
  /** Major version of the format. */
  readonly version: number;
  /** The data after the header. */
  readonly body: ByteSource;
}

/** `place` is that of the body. */
export async function judgeArray(
  { header, version, body }: ArrayParts,
  place: Location,
  job: AnalysisContext,
): Promise<void> {
  const wrong: string[] = [];
  if (version < 1 || version > 3) wrong.push(`its version is ${version}`);
  if (!/^\s*\{.*\}\s*$/s.test(header)) wrong.push('it is no dictionary');
  const keys = [...header.matchAll(/['"](\w+)['"]\s*:/g)].map((match) => match[1]);
  for (const key of ['descr', 'fortran_order', 'shape']) {
    const times = keys.filter((name) => name === key).length;
    if (times !== 1) wrong.push(`${key} stands in it ${times} times`);
  }
  const size = sizeOf(header);
  if (size !== undefined && size > BigInt(body.size))
    wrong.push(`the array needs ${size} bytes and ${body.size} follow`);
  if (wrong.length > 0) {
    const [first = ''] = wrong;
    const evidence = wrong.slice(0, 8).map((text) => ({ text }));
    job.add({
      rule: 'STATIC-NUMPY-HEADER',
      place,
      key: '',
      subject: `Of this header: ${first}`,
      evidence,
      count: wrong.length,
    });
  }
  if (size === undefined || size >= BigInt(body.size)) return;
  const offset = Number(size);
  const rest = sliceSource(body, offset);
  const magic = latin1(await rest.read(0, 6));
  if (magic !== '\x93NUMPY') {
    job.add({
      rule: 'STATIC-NUMPY-TRAILING',
      place,
      key: '',
      subject: `${rest.size} bytes follow the array`,
      evidence: [{ offset, text: `${rest.size} bytes` }],
    });
  }
  await job.nested(rest, partOf(place, offset));
}

/** Bytes of the array; undefined for types made of several fields. */
function sizeOf(header: string): bigint | undefined {
  const descr =
    /['"]descr['"]\s*:\s*['"]([|<>=]?)([?bBhHiIlLqQefdgFDGSaUVmMcu])(\d{0,9})(?:\[[^\]'"]{0,20}\])?['"]/.exec(header);
  const shape = /['"]shape['"]\s*:\s*\(([\d,\sL]{0,2000})\)/.exec(header)?.[1];
  if (!descr || shape === undefined || descr[3] === '') return undefined;
  const [, , kind = '', digits = ''] = descr;
  let size = BigInt(digits) * (kind === 'U' ? 4n : 1n);
  for (const length of shape.split(',')) if (/\d/.test(length)) size *= BigInt(length.replace(/\D/g, ''));
  return size;
}
