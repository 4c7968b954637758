type Bytes = Uint8Array;
export function concat(...parts: (string | Bytes)[]): Buffer;
export const op: {
  readonly [
    name in
      | 'stop'
      | 'mark'
      | 'pop'
      | 'popMark'
      | 'dup'
      | 'none'
      | 'true'
      | 'false'
      | 'emptyTuple'
      | 'emptyList'
      | 'emptyDict'
      | 'tuple'
      | 'tuple1'
      | 'tuple2'
      | 'tuple3'
      | 'append'
      | 'appends'
      | 'setItem'
      | 'setItems'
      | 'stackGlobal'
      | 'reduce'
      | 'build'
      | 'obj'
      | 'newObj'
      | 'newObjEx'
      | 'memoize'
      | 'binPersId'
  ]: Buffer;
} & {
  readonly [name in 'proto' | 'frame' | 'int' | 'float' | 'ext1' | 'binPut' | 'binGet' | 'put' | 'get']: (
    argument: number,
  ) => Buffer;
} & {
  readonly [name in 'unicode' | 'shortUnicode']: (text: string) => Buffer;
} & {
  readonly [name in 'long1' | 'bytes']: (bytes: Bytes) => Buffer;
} & {
  readonly [name in 'global' | 'inst']: (module: string, name: string) => Buffer;
};
export function global(module: string, name: string): Buffer;
export function call(callee: Bytes, ...args: Bytes[]): Buffer;
export function value(value: unknown): Buffer;
export function pickle(body: Bytes, protocol?: number): Buffer;
export interface MemberToWrite {
  readonly name: string;
  readonly data: Bytes;
  readonly method?: 0 | 8;
  /** The name in the directory, when it differs. */
  readonly centralName?: string;
  /** Leave it out of the directory. */
  readonly hidden?: boolean;
  readonly flags?: number;
  readonly crc?: number;
}
export function zip(members: readonly MemberToWrite[]): Buffer;
export declare const tar: (members: [name: string, data: Uint8Array][]) => Buffer;
export function torchZip(name: string, body: Bytes, storages: readonly Bytes[]): Buffer;
export function tensor(key: string, length: number): Buffer;
export function floats(numbers: readonly number[]): Buffer;
