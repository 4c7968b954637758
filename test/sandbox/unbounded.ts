/**
 * Loaded into a program, it lets no timer of half a minute or more ring. Those are the bounds of calls to the engine and of models: who
 * waits for one does not end within a test, on any machine.
 */
const BOUND = 30_000;
/** The longest that a timer can be set to, milliseconds. */
const NEVER = 2 ** 31 - 1;

globalThis.setTimeout = new Proxy(globalThis.setTimeout, {
  apply: (set, self, [act, delay, ...given]: unknown[]) =>
    Reflect.apply(set, self, [act, typeof delay === 'number' && delay >= BOUND ? NEVER : delay, ...given]) as unknown,
});
