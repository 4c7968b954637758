/** The words of the report that have an order, without the schema: the editor and the page need no validator for them. */

/** From worst to mildest. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** From worst to best: `malicious` and `suspicious` have findings; `inconclusive` has coverage gaps; `clean` has neither. */
export const VERDICTS = ['malicious', 'suspicious', 'inconclusive', 'clean'] as const;

export const CATEGORIES = [
  'execution',
  'network',
  'credential-access',
  'persistence',
  'file-write',
  'file-delete',
  'permissions',
  'resource-abuse',
  'evasion',
  'escape',
  'discovery',
  'crash',
  'content',
] as const;

/** For sorting: the worst comes first, and what is as bad stays in its order. */
export function worstFirst(one: { readonly severity: Severity }, other: { readonly severity: Severity }): number {
  return SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity);
}
