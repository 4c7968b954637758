import type { ScanReport, Verdict } from '../../core/schema.js';
import { el, type Markup } from './markup.js';

export const VERDICT_TITLES: Readonly<Record<Verdict, string>> = {
  malicious: 'Malicious',
  suspicious: 'Suspicious',
  inconclusive: 'Inconclusive',
  clean: 'Clean',
};

/** A shape per verdict, so that colour is not the only difference. */
export function verdictIcon(verdict: Verdict): Markup {
  const shapes: Record<Verdict, readonly string[]> = {
    malicious: ['M8.5 2h7L21 7.5v9L15.5 22h-7L3 16.5v-9z', 'M12 7v6', 'M12 16.5v.5'],
    suspicious: ['M12 3 22 20H2z', 'M12 9.5v5', 'M12 17v.5'],
    inconclusive: [
      'M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 1 0 0-19z',
      'M9.2 9.3a2.9 2.9 0 1 1 4.3 2.6c-1 .6-1.5 1.1-1.5 2.1',
      'M12 16.8v.5',
    ],
    clean: ['M12 2.5a9.5 9.5 0 1 0 0 19 9.5 9.5 0 1 0 0-19z', 'm7.5 12.2 3.2 3.2 5.8-6.4'],
  };
  return el(
    'svg',
    { class: 'verdict-icon', viewBox: '0 0 24 24', 'aria-hidden': 'true' },
    ...shapes[verdict].map((d) => el('path', { d })),
  );
}

/** The verdict's reasons: one is a sentence, more are a list. Of an accusation the findings, which stand below, are the first. */
export function reasonList({ verdict, reasons }: Pick<ScanReport, 'verdict' | 'reasons'>): Markup | undefined {
  const shown = verdict === 'malicious' || verdict === 'suspicious' ? reasons.slice(1) : reasons;
  const [only] = shown;
  if (only === undefined) return undefined;
  if (shown.length === 1) return el('p', { class: 'reasons' }, only);
  return el('ul', { class: 'reasons' }, ...shown.map((reason) => el('li', {}, reason)));
}
