/**
 * What the editor needs when a model is scanned, as one bundle of its own (`dist/engine.js`): reading and compiling it
 * takes ten times as long as the rest of the extension, so it waits for the first scan.
 */
export { importConfigFile } from './config/import-ini.js';
export { settingsSchema } from './config/settings.js';
export { diagnose } from './docker/doctor.js';
export { scanReportSchema } from './report/schema.js';
export { formatJson } from './report/json.js';
export { prepareReportFile, recordTraces, TraceFiles } from './scan/output-files.js';
export { scanPaths } from './scan/scan.js';
export { checkTestCase, TEST_CASE_LIMIT } from './testcase/check.js';
export { readTestCase, scaffoldTestCase } from './testcase/files.js';
