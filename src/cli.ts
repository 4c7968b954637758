/** `dynscan`: wiring only. */
import { run } from './cli/run.js';
import type { Interrupt } from './cli/io.js';
import { diagnose } from './docker/doctor.js';
import { listImages, removeImages } from './docker/image-list.js';
import { buildImage } from './docker/images.js';
import { scanPaths } from './scan/scan.js';

const SIGNALS: readonly Interrupt[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  onInterrupt: (listener: (signal: Interrupt) => void) => {
    const listeners = SIGNALS.map((signal) => [signal, () => listener(signal)] as const);
    for (const [signal, listen] of listeners) process.on(signal, listen);
    return () => {
      for (const [signal, listen] of listeners) process.off(signal, listen);
    };
  },
  onUncaught: (listener: (error: unknown) => void) => {
    process.on('uncaughtException', listener);
    return () => process.off('uncaughtException', listener);
  },
  exit: (code: number) => process.exit(code),
};

// Everything that was written is out when `run` answers, so an engine's idle connection need not hold the program.
void run(process.argv.slice(2), io, {
  scanPaths,
  diagnose,
  buildImage,
  listImages,
  removeImages,
  serveMcp: async (options) => (await import('./mcp.js')).serveMcp({ ...options, scanPaths }),
}).then((code) => process.exit(code));
