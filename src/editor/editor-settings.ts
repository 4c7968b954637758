/** Settings that only an editor has, with their defaults; those of scans are in `config/settings.ts`. */
export const EDITOR_SETTINGS = { scanOnChange: true, followWorkspace: 'ask' } as const;

/** Of these, those that decide what runs: no workspace sets them. */
export const OWN_ONLY = ['followWorkspace'] as const;
