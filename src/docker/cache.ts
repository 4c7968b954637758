/** Where DynScan keeps what can be made again (build logs, baselines), and what the user chose. */
import { rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `$DYNSCAN_CACHE`, else the platform's cache folder. */
export function cacheFolder(): string {
  const chosen = process.env['DYNSCAN_CACHE'];
  if (chosen) return chosen;
  if (process.platform === 'win32')
    return join(process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData/Local'), 'dynscan');
  if (process.platform === 'darwin') return join(homedir(), 'Library/Caches/dynscan');
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'dynscan');
}

/** Where DynScan keeps what the user chose: `$DYNSCAN_CONFIG`, else the platform's folder for it. */
export function configFolder(): string {
  const chosen = process.env['DYNSCAN_CONFIG'];
  if (chosen) return chosen;
  if (process.platform === 'win32')
    return join(process.env['APPDATA'] ?? join(homedir(), 'AppData/Roaming'), 'dynscan');
  if (process.platform === 'darwin') return join(homedir(), 'Library/Application Support/dynscan');
  return join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'dynscan');
}

/** Writes a file whole or not at all, without waiting for the disk: a damaged one is as good as none. */
export async function writeCacheFile(path: string, content: string | Uint8Array): Promise<void> {
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, content);
  await rename(unfinished, path);
}
