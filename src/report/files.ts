/** Writes reports to files. */
import { formatGithub } from './github.js';
import { formatHtml } from './html.js';
import { formatReport } from './json.js';
import { formatJsonl } from './jsonl.js';
import { formatJunit } from './junit.js';
import { formatSarif } from './sarif.js';
import { TEXT_BEGINNINGS } from './text.js';
import type { ReportDocument } from '../core/schema.js';
import { VERDICTS } from '../core/terms.js';

export const FILE_FORMATS = ['html', 'json', 'jsonl', 'sarif', 'github', 'junit'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

export interface Naming {
  /** What the user calls a model, by the path of its report; in formats that name files as the user has them. */
  readonly nameOf?: (path: string) => string;
  /** The folder that other programs know the files from, such as the top of a checkout. */
  readonly root?: string;
}

export function formatFile(
  document: ReportDocument,
  format: FileFormat,
  { nameOf = String, root = '' }: Naming = {},
): string {
  switch (format) {
    case 'html':
      return formatHtml(document);
    case 'json':
      return formatReport(document);
    case 'sarif':
      return formatSarif(document, root);
    case 'jsonl':
      return formatJsonl(document);
    case 'github':
      return formatGithub(document, nameOf);
    case 'junit':
      return formatJunit(document, nameOf);
  }
}

/** Whether a file that begins so is a report of DynScan's, in whatever format; an empty file is as good as none. */
export function isWrittenReport(beginning: string): boolean {
  return beginning === '' || OWN_BEGINNINGS.some((own) => own.test(beginning));
}

const OWN_BEGINNINGS = [
  /^\{\s*"schema":\s*"dynscan-(?:report|baseline|suppressions)\//,
  /^\{\s*"\$schema":\s*"[^"]*sarif[^"]*",\s*"version":\s*"2\.1\.0",\s*"runs":\s*\[\s*\{\s*"tool":\s*\{\s*"driver":\s*\{\s*"name":\s*"DynScan"/,
  /^<!DOCTYPE html>\n<html lang="en">\n<head>\n[^]*?<title>DynScan: /,
  /^\{"headline":"(?:[^"\\]|\\.)*","schema":"dynscan-report\//,
  /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="DynScan" /,
  /^::(?:error|warning|notice) (?:file=[^,\n]*,)?title=DynScan/,
  ...TEXT_BEGINNINGS,
  // What versions before 0.2 wrote.
  new RegExp(`^(?:${VERDICTS.join('|').toUpperCase()})  .*\n(?:.*\n)*?  format    `),
];
