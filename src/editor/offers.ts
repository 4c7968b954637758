/** What the report of a model offers the reader to do next. */
import { l10n } from 'vscode';
import type { ScanReport } from '../core/schema.js';
import { definitionOf } from '../core/stub-classes.js';

export const TEST_OWN_CLASSES = l10n.t('Scan with Own Classes');

/** Whether one file of the project defines the classes that stub classes replaced. */
export function hasOwnClasses(report: ScanReport | undefined): boolean {
  return report !== undefined && definitionOf(report.load) !== undefined;
}

export const ADD_PACKAGES = l10n.t('Add Packages');

/** Packages that the sandbox lacked when the model was loaded. */
export function missingPackages(report: ScanReport | undefined): readonly string[] {
  return report?.load.packages ?? [];
}
