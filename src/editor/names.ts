/** Names that package.json and several files here share. */
export const MODELS_VIEW = 'dynscan.models';
export const TEST_CASES_VIEW = 'dynscan.testCases';
export const REPORT_VIEW = 'dynscan.report';
export const ENVIRONMENT_VIEW = 'dynscan.environment';
export const REPORT_SCHEME = 'dynscan-report';
export const SANDBOX_VIEW = 'dynscan.sandbox';
export const INSPECTOR_VIEW = 'dynscan.inspector';
export const DISASSEMBLY_SCHEME = 'dynscan-disassembly';
export const CONTENT_SCHEME = 'dynscan-content';
export const TRACE_SCHEME = 'dynscan-trace';
export const RULE_SCHEME = 'dynscan-rule';

/** Opens a report at one finding. Takes the model's URI as text and the finding's index; for links, so not in the palette. */
export const SHOW_FINDING = 'dynscan.showFinding';

/** Copies the command of a check of the environment, by its place on the page; for the page, so not in the palette. */
export const COPY_ADVICE = 'dynscan.copyAdvice';
export const CHECK_ENVIRONMENT = 'dynscan.checkEnvironment';

/** Context keys for `when`. */
export const CONTEXT = {
  /** A scan runs or waits. */
  scanning: 'dynscan.scanning',
  /** There is a report to show. */
  hasResults: 'dynscan.hasResults',
  /** The workspace has been searched for models, and there are none. */
  noModels: 'dynscan.noModels',
  /** The workspace has been searched for test cases. */
  testCasesListed: 'dynscan.testCasesListed',
  /** Paths of the test cases, for menus. */
  testCasePaths: 'dynscan.testCasePaths',
  /** The last dynamic scan found no usable container engine. */
  sandboxFailed: 'dynscan.sandboxFailed',
  /** State of the Sandbox view: `ready` or `missing`; absent before the engine was asked. */
  sandboxState: 'dynscan.sandboxState',
  /** The Models view shows folders. */
  modelsInFolders: 'dynscan.modelsInFolders',
  /** The Models view shows a part of the models. */
  modelsFiltered: 'dynscan.modelsFiltered',
} as const;

/** Folders of packages with arrays of their own, which are not models of this workspace. */
export const NOT_OURS = '**/{node_modules,site-packages,.git}/**';
