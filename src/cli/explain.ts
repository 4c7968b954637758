export interface ExplainOptions extends Record<string, unknown> {
  format: 'text' | 'json';
  severity?: string;
}
