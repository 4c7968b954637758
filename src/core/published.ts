/** The published part of a report: what `docs/report.schema.json` describes. */
import { headlineOf } from './headline.js';
import type { PublishedDocument, PublishedScan, ReportDocument, ScanReport } from './schema.js';

export function publishedDocument(document: ReportDocument): PublishedDocument {
  return { ...document, scans: document.scans.map(publishedScan) };
}

export function publishedScan(report: ScanReport): PublishedScan {
  const scan: PublishedScan & Partial<Pick<ScanReport, 'coverage'>> = {
    headline: headlineOf(report).sentence,
    ...report,
  };
  delete scan.coverage;
  return scan;
}
