/** Paths that a model names: whether they can lead out of the model's own folder. */

/** Why a path that should stay in the model's folder does not, or undefined when it does. */
export function whyOutside(path: string): string | undefined {
  if (/^[A-Za-z][\w+.-]+:\/\//.test(path)) return 'it is an address';
  if (/^[A-Za-z]:/.test(path)) return 'it begins with a drive';
  if (/^[/\\]/.test(path)) return 'it is absolute';
  if (path.startsWith('~')) return "it begins with a user's home folder";
  if (/(?:^|[/\\])\.\.(?:[/\\]|$)/.test(path)) return 'it leads out of its folder';
  return undefined;
}

/**
 * Why a path is not in a form that exporters write, although it need not lead outside: such spellings exist so that a check and the program that
 * opens the file read them in two ways.
 */
export function whyOdd(path: string): string | undefined {
  if (path.includes('\0')) return 'it holds a zero byte';
  // eslint-disable-next-line no-control-regex -- finding them is the purpose
  if (/[\u0001-\u001f\u007f]/.test(path)) return 'it holds a control character';
  if (path.includes('\\')) return 'it holds a backslash, which parts folders on Windows alone';
  if (/%(?:2e|2f|5c)/i.test(path)) return 'it spells its separators with per cent signs';
  if (/[\u2024\u2025\u2044\u2215\u29f5\uff0e\uff0f\uff3c]/.test(path))
    return 'it holds characters that only look like dots and slashes';
  if (/(?:^|\/)\.{3,}(?:\/|$)/.test(path) || /(?:^|\/)[^/]*\s(?:\/|$)/.test(path))
    return 'a part of it is only dots, or ends in a space';
  return undefined;
}
