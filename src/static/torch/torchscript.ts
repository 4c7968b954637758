/**
 * TorchScript programs (`code/*.py` in an archive of `torch.jit.save`) run in an interpreter of torch's own, which knows tensors and no
 * modules of Python. Of its operators (`torch._C._jit_get_all_schemas()` of torch 2.6) two take a path and three call another machine;
 * torchvision and torchaudio add some. They run when the model is used, not when it is loaded.
 */
export interface ScriptUse {
  readonly kind: 'file' | 'network';
  /** As written, cut. */
  readonly text: string;
  /** Offset in the source. */
  readonly offset: number;
}

const USES_KEPT = 100;

/** Operators that reach outside. An object can be given another name first, so only a call on `self` is left out. */
export function scriptUses(code: string): ScriptUse[] {
  const uses: ScriptUse[] = [];
  const source = withoutComments(code);
  for (const match of source.matchAll(OPERATOR)) {
    if (uses.length >= USES_KEPT) break;
    const { owner, operator, text } = match.groups ?? {};
    if (operator !== undefined && owner === 'self') continue;
    const name = operator ?? text;
    const kind = name?.startsWith('rpc_') === true || match[0].startsWith('rpc_') ? 'network' : 'file';
    uses.push({ kind, text: code.slice(match.index, match.index + 120), offset: match.index });
  }
  return uses;
}

/** `torch.save(…)`, `getattr(torch, "save")`, `rpc_async(…)`. */
const OPERATOR = (() => {
  const names = 'save|from_file|read_file|write_file|sox_io_save_audio_file|sox_io_load_audio_file';
  return new RegExp(
    `(?:\\b(?<owner>\\w+)|[)\\]])\\s*\\.\\s*(?<operator>${names})\\b` +
      `|\\bgetattr\\s*\\([^()"']{0,200},\\s*["'](?<text>${names}|rpc_\\w+)["']` +
      `|\\brpc_(?:sync|async|remote)\\s*\\(`,
    'g',
  );
})();

/** Replaces comments and joined lines with spaces, so that offsets stay; of texts only names are kept, for `getattr`. */
function withoutComments(code: string): string {
  const pieces: string[] = [];
  let kept = 0;
  const replace = (from: number, to: number, by: string): void => {
    pieces.push(code.slice(kept, from), by.padEnd(to - from).slice(0, to - from));
    kept = to;
  };
  MARK.lastIndex = 0;
  for (let mark = MARK.exec(code); mark; mark = MARK.exec(code)) {
    const { index } = mark;
    const [begin] = mark[0];
    if (begin === '#') {
      const end = code.indexOf('\n', index);
      MARK.lastIndex = end < 0 ? code.length : end;
      replace(index, MARK.lastIndex, '');
    } else if (begin === '\\') replace(index, MARK.lastIndex, '');
    else {
      const { end, closed } = endOfText(code, index);
      MARK.lastIndex = end;
      const text = closed ? nameIn(code.slice(index + 1, end - 1)) : undefined;
      if (closed) replace(index, end, text === undefined ? '""' : `"${text}"`);
    }
  }
  return pieces.join('') + code.slice(kept);
}

/** A quote, a comment, a joined line. */
const MARK = /["'#]|\\\r?\n/g;

/** Behind the closing quote; the end of the line when there is none. */
function endOfText(code: string, start: number): { readonly end: number; readonly closed: boolean } {
  const quote = code[start];
  for (let at = start + 1; at < code.length; at += 1) {
    const char = code[at];
    if (char === quote) return { end: at + 1, closed: true };
    if (char === '\n') return { end: at, closed: false };
    if (char === '\\') at += 1;
  }
  return { end: code.length, closed: false };
}

/** The name that the program spells by numbers, when it is one. */
function nameIn(written: string): string | undefined {
  const text = written.replace(
    /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/g,
    (_, octal?: string, hex?: string, wide?: string) =>
      String.fromCharCode(octal === undefined ? parseInt(hex ?? wide ?? '', 16) : parseInt(octal, 8)),
  );
  return /^\w{1,100}$/.test(text) ? text : undefined;
}
