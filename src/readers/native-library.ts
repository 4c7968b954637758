/** A library for Linux, Windows or macOS by its ending. */
export function isNativeLibrary(path: string): boolean {
  return path.length < 4096 && /\.(?:so(?:\.\d{1,9}){0,4}|dll|dylib)$/i.test(path.trim()) && !/\s\w+\s/.test(path);
}
