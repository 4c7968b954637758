/** The PyPI packages of Python modules. */
import { IMPORT_NAMES } from './import-names.js';

const DISTRIBUTIONS: ReadonlyMap<string, string> = new Map(
  IMPORT_NAMES.trim()
    .split('\n')
    .map((line) => {
      const [module = '', distribution = module] = line.split(' ');
      return [module, normalName(distribution)];
    }),
);

/** The package that has this module, if it is a known one: any user of PyPI can publish under a free name. */
export function distributionOf(module: string): string | undefined {
  return DISTRIBUTIONS.get(module);
}

/** The known packages of the modules, each once. */
export function distributionsOf(modules: readonly string[]): string[] {
  return [...new Set(modules.flatMap((module) => distributionOf(module) ?? []))];
}

/** Whether a package has a known module; its name as `normalName` spells it. */
export function isKnownDistribution(name: string): boolean {
  return KNOWN.has(name);
}

const KNOWN: ReadonlySet<string> = new Set(DISTRIBUTIONS.values());

/** As PyPI compares names: https://packaging.python.org/en/latest/specifications/name-normalization/ */
export function normalName(name: string): string {
  return name.replaceAll(/[-_.]+/g, '-').toLowerCase();
}
