/** A note on an old base image: it lacks the corrections that its distribution has published since. */

/** Days. */
const MAX_AGE = 90;

/** Undefined for a base image that is young enough, or when the engine does not report its age. `created`: the engine's value, which is data. */
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
