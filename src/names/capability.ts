/** What the call of a name can do to the machine. */
export type Capability =
  'exec' | 'code' | 'network' | 'delete' | 'file' | 'native' | 'import' | 'loader' | 'tamper' | 'system';
