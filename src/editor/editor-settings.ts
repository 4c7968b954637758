/** Settings that only an editor has, with their defaults; those of scans are in `config/settings.ts`. */
export const EDITOR_SETTINGS = { scanOnChange: true, modelLoads: true, followWorkspace: 'ask' } as const;

/** Those of them that decide what runs: a workspace cannot set them. */
export const OWN_ONLY = ['followWorkspace'] as const;
