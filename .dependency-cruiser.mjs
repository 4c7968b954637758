/**
 * The rooms of src/ and which others each may import; what is not named here is an error of `npm run lint`. The files of src/ itself (the
 * entries of the programs) wire rooms together and are imported by nobody.
 */
export const ROOMS = {
  core: [],
  config: ['core'],
  names: ['core'],
  readers: ['core', 'names'],
  detect: ['core', 'readers'],
  model: ['core', 'readers', 'detect'],
  static: ['core', 'names', 'readers', 'detect'],
  trace: ['core'],
  behavior: ['core', 'names', 'trace'],
  docker: ['core', 'config'],
  report: ['core'],
  triage: ['core', 'config', 'report'],
  testcase: ['core', 'config', 'names', 'readers', 'static'],
  samples: ['core'],
  scan: [
    ...['core', 'config', 'readers', 'detect', 'model', 'static', 'trace', 'behavior', 'docker', 'report', 'testcase'],
  ],
  view: ['core', 'readers'],
  editor: [
    ...['core', 'config', 'model', 'static', 'docker', 'report', 'triage', 'testcase', 'samples', 'scan', 'view'],
  ],
  cli: ['core', 'config', 'model', 'static', 'trace', 'behavior', 'docker', 'report', 'triage', 'testcase', 'scan'],
};

const everywhere = Object.keys(ROOMS).join('|');

export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two modules that import each other are one: move what both need into a third.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...Object.entries(ROOMS).map(([room, allowed]) => ({
      name: `rooms-of-${room}`,
      comment: `src/${room}/ imports ${allowed.length > 0 ? allowed.join(', ') : 'no other room'}; see docs/architecture.md.`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/(?:${[room, ...allowed].join('|')})/` },
    })),
    {
      name: 'known-rooms',
      comment: 'A new folder of src/ needs a line in .dependency-cruiser.mjs and in docs/architecture.md.',
      severity: 'error',
      from: {},
      to: { path: '^src/[^/]+/', pathNot: `^src/(?:${everywhere})/` },
    },
    {
      name: 'pages',
      comment: 'Pages have what editor and pages share, and the report.',
      severity: 'error',
      from: { path: '^webview/' },
      to: { path: '^src/', pathNot: '^src/(?:core|view|report)/' },
    },
  ],
  options: {
    // Imports of types count too.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
