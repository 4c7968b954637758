/**
 * The engine (`dist/engine.mjs`, with its parts): what the editor needs to scan or inspect a model. Reading and compiling it takes ten times as long as the
 * rest of the extension, so it is loaded with the first request.
 */
export { importConfigFile } from './config/import-ini.js';
export { isTrustedOnly } from './config/load.js';
export { GIVEN_NAMES, givenSettingsSchema } from './config/settings.js';
export { isKnownDistribution } from './docker/distributions.js';
export { diagnose } from './docker/doctor.js';
export { listImages, removeImage } from './docker/image-list.js';
export { buildImage } from './docker/images.js';
export { rememberKept } from './docker/uninstall.js';
export { LAYERS } from './docker/layers.js';
export { addRequirements } from './docker/requirements.js';
export { scanReportSchema } from './core/schema.js';
export { formatFile } from './report/files.js';
export { formatReport, makeDocument } from './report/json.js';
export { formatMarkdown } from './report/markdown.js';
export { prepareReportFile, recordTraces, TraceFiles } from './scan/output-files.js';
export { checkTestCase, TEST_CASE_LIMIT } from './testcase/check.js';
export { readTestCase, scaffoldTestCase } from './testcase/files.js';
export {
  describeModel,
  detectModel,
  glimpseModel,
  inspectModel,
  listPickle,
  projectIn,
  readArrayOf,
  ruleDocument,
} from './scan/look.js';
export { ResultStore } from './scan/result-store.js';
export { scanPaths } from './scan/scan.js';
export { writeSamples } from './samples/write.js';
export { tellAssistant, tellFailure, toolRequestSchema } from './scan/tool-request.js';
export * as triage from './triage/triage.js';
export { explainGlobal } from './static/pickle/explain.js';
