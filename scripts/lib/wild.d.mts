export interface WildPackage {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  readonly sha256: string;
  /** Belongs to the fixed part that the tests scan. */
  readonly tested?: boolean;
}
export function wildPackages(): Promise<readonly WildPackage[]>;
export function fetchPackage(wanted: WildPackage): Promise<string>;
