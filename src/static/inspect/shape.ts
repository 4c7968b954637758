/** `3 × 224 × 224`; `scalar` for a single number. */
export function shapeText(shape: readonly (number | bigint)[]): string {
  return shape.length === 0 ? 'scalar' : shape.join(' × ');
}
