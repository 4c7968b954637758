export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
}
export interface PythonPackage {
  readonly name: string;
  readonly version: string;
  readonly images: readonly string[];
  readonly hashes: readonly string[];
}
export function packageFolders(inputs: readonly string[]): string[];
export function readPackages(root: string, folders: readonly string[]): Promise<BundledPackage[]>;
export function formatNotices(packages: readonly BundledPackage[]): string;
export function makeSbom(
  manifest: { readonly name: string; readonly version: string; readonly license: string },
  packages: readonly BundledPackage[],
  python: readonly PythonPackage[],
): { readonly components: readonly { readonly purl: string }[] };
export function readPythonPackages(folder: string): Promise<PythonPackage[]>;
