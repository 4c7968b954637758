export const MODELS: {
  readonly harmless: string;
  readonly hostile: string;
  readonly endless: string;
  readonly changing: string;
  readonly actsWhenCalled: string;
  readonly doomed: string;
  readonly pair: readonly [string, string];
  readonly showcase: string;
  readonly hostileTexts: string;
  readonly longPath: string;
  readonly hostileName: string;
};
export const HOSTILE_TEXT: string;
export function makeProject(folder: string): Promise<void>;
export function makeCases(folder: string): Promise<void>;
