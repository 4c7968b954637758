export function runInLayer(
  env: NodeJS.ProcessEnv,
  layer: string,
  command: readonly string[],
  mounts: Readonly<Record<string, { readonly from: string; readonly readOnly?: boolean }>>,
): Promise<void>;
