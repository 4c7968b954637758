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
const bundles = [
  // The editor loads the engine when the first scan asks for it.
  { ...node, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.js', external: ['vscode', './engine.js'] },
  { ...node, entryPoints: ['src/engine.ts'], outfile: 'dist/engine.js' },
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
