/**
 * Actually portable executables (`MZqFpD='`; `tool/build/apelink.c` of Cosmopolitan), as llamafile makes them: a program that is at once a shell
 * script, programs for several systems, and a ZIP archive with a model in it. The script that the linker writes only starts the program.
 */
import { latin1 } from '../../readers/bytes.js';
import type { Analyser } from '../context.js';

/** The programs for each system follow the script within this. */
const HEAD = 64 * 1024;
/** Longest part of a line that is shown. */
const SHOWN = 200;

export const analyseLlamafile: Analyser = async (source, place, job) => {
  const head = latin1(await source.read(0, HEAD));
  job.gap(
    place,
    'it is a program that carries files, as llamafile makes them. What the program does was not looked at; the model in it was. Take the model out of it (unzip) and load that',
  );
  const script = scriptOf(head);
  if (script === undefined) {
    job.gap(place, 'the shell script in its head was not found');
    return;
  }
  for (const { line, at } of script) {
    const odd = partsOf(line).find((part) => !LINES.some((known) => known.test(part)));
    if (odd === undefined) continue;
    const shown = line.slice(0, SHOWN);
    const subject = `The shell script in its head says ${shown}`;
    job.add({ rule: 'STATIC-LLAMAFILE-SHELL', place, key: '', subject, evidence: [{ offset: at, text: shown }] });
  }
};

interface Line {
  readonly line: string;
  readonly at: number;
}

/** What a shell runs of the head: the rest of the line behind the first text, and the script up to the first zero byte. */
function scriptOf(head: string): Line[] | undefined {
  const marker = head.indexOf(MARKER);
  if (marker < 0) return undefined;
  const closed = head.indexOf("'", head.indexOf("'") + 1);
  const lines: Line[] = [];
  // The text of the first line ends at the mark, or where a document begins that ends right before the mark.
  if (closed < marker) {
    const [, tag] = /^' <<'([\w@]{1,64})'\n/.exec(head.slice(closed, closed + 80)) ?? [];
    const end = tag === undefined ? -1 : head.indexOf(`\n${tag}\n`, closed);
    if (end < 0 || end + 1 + (tag?.length ?? 0) !== marker)
      lines.push({ line: head.slice(closed + 1, marker).trim(), at: closed + 1 });
  }
  const start = marker + MARKER.length;
  const end = head.indexOf('\0', start);
  let at = start;
  for (const line of head.slice(start, end < 0 ? undefined : end).split('\n')) {
    lines.push({ line: line.trim().replace(/ {2,}/g, ' '), at });
    at += line.length + 1;
  }
  return lines;
}

const MARKER = '\n#\'"\n';

/** The commands of a line. */
function partsOf(line: string): string[] {
  // Their texts hold any character.
  if (/^(?:printf '[^']*' >&7|echo "\$0: [\w $:-]*" >&2)$/.test(line)) return [];
  return line.split(/\|\||&&|[|;]/).map((part) =>
    part
      .trim()
      .replace(/^(?:if|then|else|elif) /, '')
      .replace(/^! /, ''),
  );
}

/** Every command that the linker writes. */
const LINES: readonly RegExp[] = [
  /^(?:|if|then|else|fi|true|exit(?: \d{1,3})?)$/,
  /^o=\$\(command -v "\$0"\)$/,
  /^t="\$\{TMPDIR:-\$\{HOME:-\.\}\}\/\.ape-[\d.]{1,12}"$/,
  /^m=(?:x86_64|\$\((?:\/usr\/bin\/)?uname -m(?: 2>\/dev\/null)?\))$/,
  /^\[ (?:! )?-d \/Applications \]$/,
  /^\[ x"\$1" !?= x--assimilate \]$/,
  /^\[ -x "\$t" \]$/,
  /^\[ "\$m" = \w{1,16} \]$/,
  /^type (?:ape|cc) >\/dev\/null 2>&1$/,
  /^exec (?:ape "\$o" "\$@"|"\$t" "\$o" "\$@"|"\$o" "\$@"|7<> "\$o"|7<&-)$/,
  /^dd if="\$(?:o|t\.\$\$)"(?: of="\$(?:o|t\.\$\$)")?(?: (?:bs|skip|count)=\d{1,20}){0,3}(?: conv=notrunc)?(?: 2>\/dev\/null)?$/,
  /^gzip -dc >"\$t(?:\.c)?\.\$\$"$/,
  /^chmod 755 "\$t\.\$\$"$/,
  /^mv -f "\$t(?:\.c)?\.\$\$" "\$t(?:\.c)?"$/,
  /^mkdir -p "\$\{t%\/\*\}"$/,
  /^cc -w -O -o "\$t\.\$\$" "\$t\.c"$/,
];
