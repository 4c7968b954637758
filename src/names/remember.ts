/** Answers that are kept before they are forgotten all together. */
const REMEMBERED = 10_000;

/** The same function, which remembers its answers: code asks for the same names again and again. */
export function remembering<Answer>(find: (name: string) => Answer): (name: string) => Answer {
  const remembered = new Map<string, { readonly answer: Answer }>();
  return (name) => {
    const known = remembered.get(name);
    if (known !== undefined) return known.answer;
    const answer = find(name);
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(name, { answer });
    return answer;
  };
}
