/** The published JSON Schema of the report document, made from the one definition in schema.ts. */
import * as z from 'zod';
import * as report from '../core/schema.js';

/** Draft 2020-12, with one named definition per shared type. */
export function reportJsonSchema(): unknown {
  const names = z.registry<{ id?: string; title?: string; description?: string }>();
  names
    .add(report.reportDocumentSchema, {
      title: 'DynScan report',
      description: 'What `dynscan scan --format json` prints. See report-format.md.',
    })
    .add(report.publishedScanSchema, { id: 'ScanReport' })
    .add(report.findingSchema, { id: 'Finding' })
    .add(report.suppressionSchema, { id: 'Suppression' })
    .add(report.suppressedFindingSchema, { id: 'SuppressedFinding' })
    .add(report.evidenceSchema, { id: 'Evidence' })
    .add(report.causeSchema, { id: 'Cause' })
    .add(report.frameSchema, { id: 'Frame' })
    .add(report.processSchema, { id: 'Process' })
    .add(report.timelineEntrySchema, { id: 'TimelineEntry' })
    .add(report.conversationSchema, { id: 'Conversation' })
    .add(report.limitHitSchema, { id: 'LimitHit' })
    .add(report.loadOutcomeSchema, { id: 'LoadOutcome' })
    .add(report.engineRunSchema, { id: 'EngineRun' })
    .add(report.severitySchema, { id: 'Severity' })
    .add(report.verdictSchema, { id: 'Verdict' })
    .add(report.categorySchema, { id: 'Category' })
    .add(report.engineSchema, { id: 'Engine' })
    .add(report.phaseSchema, { id: 'Phase' });
  return z.toJSONSchema(report.reportDocumentSchema, { metadata: names });
}
