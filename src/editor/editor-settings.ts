/** Settings that only an editor has, with their defaults; those of scans are in `config/settings.ts`. */
export const EDITOR_SETTINGS = { scanOnChange: true } as const;
