import { withoutDetours } from '../../names/places.js';

/** Texts that are commands, code or markup, in places where data is expected. Each form is complete: a word alone is no finding. */
const FORMS: readonly (readonly [string, RegExp])[] = [
  ['a call of __import__', /__import__\s*\(\s*['"]/],
  [
    'a call of eval or exec',
    /(?<![\w.])(?:eval|exec)\s*\(\s*(?:compile|base64|bytes|__import__|open|requests|urllib|zlib|codecs|marshal|input|chr|b?['"])/,
  ],
  ['a command by os', /\bos\s*\.\s*(?:system|popen|exec[lv]p?e?|spawn[lv]p?e?|remove|unlink)\s*\(\s*\S/],
  [
    'a command by subprocess',
    /\bsubprocess\s*\.\s*(?:run|call|Popen|check_output|check_call|getoutput|getstatusoutput)\s*\(/,
  ],
  ['a call of an unpickler', /\b(?:pickle|marshal|dill|cloudpickle)\s*\.\s*loads?\s*\(\s*\S/],
  ['an import and a command', /\bimport\s+(?:os|subprocess|socket|pty|ctypes)\s*(?:;|\\n|\n)/],
  ['a shell command', /\brm\s+-[rf]{1,2}\s+[/~$*.]/],
  ['a download that is run', /\b(?:curl|wget)\b[^|;&\n]{1,300}\|\s*(?:sudo\s+)?(?:ba|z|da|k)?sh\b/],
  ['a shell connected to an address', /\/dev\/(?:tcp|udp)\/[\w.$]/],
  ['a shell connected to an address', /\b(?:nc|ncat|netcat)\s+(?:-\w{1,40}\s{1,20}){0,8}-e\b/],
  [
    'a hidden PowerShell command',
    /\bpowershell(?:\.exe)?\s+(?:-\w{1,40}\s{1,20}){0,12}-e(?:nc|ncodedcommand)?\s+[A-Za-z0-9+/=]{16}/i,
  ],
  ['a command of a shell', /\b(?:ba|z|da)?sh\s+-c\s+['"]/],
];
const MARKUP = /<script\b|<iframe\b|<img\b[^>]{0,200}\bonerror\s*=|\bjavascript:\s*\w|<svg\b[^>]{0,200}\bonload\s*=/i;

/** More of a text is no configuration. */
const LOOKED_AT = 100_000;

export interface CodeLike {
  readonly what: string;
  readonly shown: string;
  readonly at: number;
}

export function codeIn(text: string): CodeLike | undefined {
  if (text.length < 8) return undefined;
  const looked = text.slice(0, LOOKED_AT);
  for (const [what, pattern] of FORMS) {
    const match = pattern.exec(looked);
    if (match) return { what, at: match.index, shown: looked.slice(Math.max(0, match.index - 10), match.index + 80) };
  }
  return undefined;
}

/** Whether the whole text is the code, and not a text that quotes it: an example in a description, the trace of an error. */
export function beginsWith({ at }: Pick<CodeLike, 'at'>, text: string): boolean {
  const before = text.slice(0, at).trimStart();
  return before.length <= 24 && !before.includes('\n') && !/[A-Za-z]{3} [A-Za-z]{3,} /.test(before);
}

export function markupIn(text: string): CodeLike | undefined {
  if (text.length < 7) return undefined;
  const match = MARKUP.exec(text.slice(0, LOOKED_AT));
  return match ? { what: 'a script', at: match.index, shown: text.slice(match.index, match.index + 80) } : undefined;
}

/** A file name that leaves the folder of the model. */
export function leaves(path: string): boolean {
  return /^(?:[/\\~]|[A-Za-z]:[\\/]|[a-z][a-z0-9+.-]*:\/\/)/.test(path) || path.split(/[\\/]/).includes('..');
}

const SENSITIVE =
  /(?:^|[\s"'=:/])(?:\/etc\/(?:passwd|shadow|sudoers|crontab|cron\.|ld\.so\.preload)|\/proc\/self\/|\/root\/\.(?:ssh|aws|netrc|kube|docker|gnupg|bashrc|bash_profile|profile|pypirc|git-credentials|config\/gcloud)|~\/\.(?:ssh|aws|bashrc|profile|netrc|kube|docker)|\/home\/[\w.-]{1,40}\/\.(?:ssh|aws|netrc)|\.ssh\/(?:id_|authorized_keys))/;

export function sensitivePath(text: string): string | undefined {
  if (text.length > LOOKED_AT) return undefined;
  const plain = withoutDetours(text);
  return (SENSITIVE.exec(text) ?? (plain === text ? undefined : SENSITIVE.exec(plain)))?.[0].trim();
}

const NUMBERED = /\b(?:https?|ftp|tcp|ws|wss):\/\/(\d{1,3}(?:\.\d{1,3}){3})(?![\d.])/;
/** This machine and private networks (RFC 1122, RFC 1918). */
const OWN = /^(?:0\.|10\.|127\.|169\.254\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/;

export function numberedAddress(text: string): string | undefined {
  const match = NUMBERED.exec(text.slice(0, LOOKED_AT));
  return match?.[1] === undefined || OWN.test(match[1]) ? undefined : match[0];
}
