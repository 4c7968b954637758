/** Bundles the extension, the command line and the pages. `--watch` rebuilds on change, `--production` minifies. */
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { build, context } from 'esbuild';
import { formatNotices, packageFolders, readPackages } from './lib/notices.mjs';

const watch = process.argv.includes('--watch');
const production = process.argv.includes('--production');
const { version } = JSON.parse(await readFile('package.json', 'utf8'));

/** dockerode's ssh and BuildKit paths, which DynScan never takes, pull in native code and 2 MB of protocol buffers. */
const stubs = {
  name: 'stub-unused-dockerode-paths',
  setup(build) {
    build.onResolve({ filter: /^(ssh2|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs)$/ }, (args) => ({
      path: args.path,
      namespace: 'stub',
    }));
    build.onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: 'module.exports = {};' }));
  },
};

const node = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  define: { DYNSCAN_VERSION: JSON.stringify(version) },
  plugins: [stubs],
  minify: production,
  sourcemap: !production,
  logLevel: 'warning',
};
/**
 * The engine of the editor, in the order in which it is loaded. All parts are modules of one program, so that what they share is there once; each is
 * evaluated in a turn of the event loop of its own, because as a whole it holds the extension host for 200 ms.
 */
const engine = {
  'engine-schema': 'src/core/schema.ts',
  'engine-docker': 'src/docker/engine.ts',
  'engine-images': 'src/docker/images.ts',
  'engine-behavior': 'src/behavior/rules/index.ts',
  'engine-scan': 'src/scan/scan.ts',
  engine: 'src/engine.ts',
};
/** What CommonJS modules are given, for the packages among the engine's, and for the files that lie beside it. */
const COMMONJS =
  "import{createRequire as makeRequire$}from'node:module';import{fileURLToPath as pathOf$}from'node:url';" +
  "const require=makeRequire$(import.meta.url),__dirname=pathOf$(new URL('.',import.meta.url));";
const engineFiles = Object.keys(engine).map((name) => `./${name}.mjs`);
const bundles = [
  {
    ...node,
    entryPoints: ['src/extension.ts'],
    outfile: 'dist/extension.js',
    external: ['vscode'],
    define: { ...node.define, DYNSCAN_ENGINE: JSON.stringify(engineFiles) },
  },
  {
    ...node,
    entryPoints: engine,
    outdir: 'dist',
    format: 'esm',
    splitting: true,
    chunkNames: 'engine-[hash]',
    outExtension: { '.js': '.mjs' },
    banner: { js: COMMONJS },
  },
  { ...node, entryPoints: ['src/reader.ts'], outfile: 'dist/reader.js' },
  { ...node, entryPoints: ['src/uninstall.ts'], outfile: 'dist/uninstall.js' },
  {
    ...node,
    entryPoints: ['src/cli.ts'],
    outfile: 'dist/cli.js',
    banner: { js: '#!/usr/bin/env node' },
    external: ['./mcp.js'],
  },
  { ...node, entryPoints: ['src/mcp.ts'], outfile: 'dist/mcp.js' },
  {
    // Each with the style sheet that it imports. One bundle for both would be twice as large: what is loaded on demand is not thinned out.
    entryPoints: { report: 'webview/main.ts', inspector: 'webview/inspector.ts' },
    outdir: 'dist',
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify: production,
    sourcemap: production ? false : 'inline',
    logLevel: 'warning',
  },
];

await rm('dist', { recursive: true, force: true });
await mkdir('dist', { recursive: true });
await copyFile('src/names/libraries.txt', 'dist/libraries.txt');
if (watch) {
  for (const options of bundles) await (await context(options)).watch();
} else {
  const results = await Promise.all(bundles.map((options) => build({ ...options, metafile: true })));
  const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  const packages = await readPackages('.', packageFolders(inputs));
  await writeFile('dist/THIRD-PARTY-NOTICES.txt', formatNotices(packages));
  await writeFile(
    'dist/packages.json',
    JSON.stringify(packages.map(({ name, version, license }) => ({ name, version, license }))),
  );
}
