/** A word on a base image that is old: it lacks what its distribution has mended since. */

/** Days. */
const MAX_AGE = 90;

/** Undefined for one that is young enough, or whose age the engine does not tell. `created`: what the engine says, which is data. */
export function oldBase(
  name: string,
  created: unknown,
  now: Date,
): { readonly days: number; readonly advice: string } | undefined {
  const days = Math.floor((now.getTime() - Date.parse(String(created))) / 86_400_000);
  if (!(days > MAX_AGE)) return undefined;
  return {
    days,
    advice: `It lacks what was mended since. Get a new one (\`docker pull ${name}\`); the next scan then builds the sandbox images anew.`,
  };
}
