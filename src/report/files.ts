/** Reports as files for others to read. */
import { formatHtml } from './html.js';
import { formatJson } from './json.js';
import { formatSarif } from './sarif.js';
import type { ReportDocument } from './schema.js';

export const FILE_FORMATS = ['html', 'json', 'sarif'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

export function formatFile(document: ReportDocument, format: FileFormat): string {
  switch (format) {
    case 'html':
      return formatHtml(document);
    case 'json':
      return formatJson(document);
    case 'sarif':
      return formatSarif(document);
  }
}
