/** The program that made a report. */

/** The version in package.json, put in by scripts/build.mjs; absent where the sources run unbundled, as in tests. */
declare const DYNSCAN_VERSION: string | undefined;

/** The home folder of the model's user in the sandbox. */
export const MODEL_HOME = '/home/model';

export const TOOL_NAME = 'dynscan';

export const TOOL_VERSION = typeof DYNSCAN_VERSION === 'string' ? DYNSCAN_VERSION : '0.0.0-source';
