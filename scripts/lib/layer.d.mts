export function makeModels(
  env: NodeJS.ProcessEnv,
  suite: string,
  layer: string,
  folder: string,
  only?: readonly string[],
): Promise<unknown>;
export function runInLayer(
  env: NodeJS.ProcessEnv,
  layer: string,
  command: readonly string[],
  mounts: Readonly<Record<string, { readonly from: string; readonly readOnly?: boolean }>>,
): Promise<void>;
