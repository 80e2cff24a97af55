// WebAssembly, in which the inner loops of the ensemble run, several numbers at a time: src/assembly, compiled by set-up
// from AssemblyScript. Its arithmetic is the same on every machine.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const assemblyFile = join(__dirname, 'assembly.wasm');

/** What src/assembly exports beside its blocks and numbers; places are bytes from the memory's start. */
interface Functions {
  seedRandom(seed: number): void;
  train(rows: number): number;
  rightRows(): number;
  moveWeights(size: number, vectorSize: number): void;
  readWords(from: number, length: number, to: number): number;
  readCharacters(from: number, length: number, to: number): number;
  countTitles(first: number, end: number): void;
  shuffleRows(rows: number): void;
  learnRows(first: number, end: number): number;
  scoreTitle(title: number): void;
  answerRows(rows: number): void;
  transposeKernel(): void;
  indexWords(words: number): void;
  answerTitle(length: number): void;
}

type Numbers = Int8Array | Uint8Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;
type Constructor<Values extends Numbers> = {
  new (buffer: ArrayBuffer, place: number, length: number): Values;
  BYTES_PER_ELEMENT: number;
};

/** Kind and count of the numbers in a block of memory, which are 0 at first. */
export type Block<Values extends Numbers = Numbers> = readonly [kind: Constructor<Values>, length: number];

type Blocks = Readonly<Record<string, Block>>;
type Views<Given extends Blocks> = {
  [Name in keyof Given]: Given[Name] extends Block<infer Values> ? Values : never;
};

/** Where each block begins. */
type Places<Given extends Blocks> = { [Name in keyof Given]: number };

export interface Assembly<Given extends Blocks> {
  functions: Functions;
  /** The numbers of each block. */
  views: Views<Given>;
  /** Gives a block more room, at the memory's end, where all its numbers are 0 again. The views are then others. */
  enlarge(name: keyof Given & string, length: number): void;
}

/** What of WebAssembly is used here; Node's types leave it to those of browsers. */
interface WebAssemblyApi {
  Memory: new (limits: { initial: number }) => { buffer: ArrayBuffer; grow(pages: number): void };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
}

const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

let compiled: object | undefined;

const pageBytes = 65_536;
/** What a block begins at a multiple of: a cache line. */
const alignment = 64;

/**
 * An instance with a memory of its own. Blocks and settings are known to src/assembly by the names of its exported
 * variables: that of a block holds its place.
 */
export function assemble<const Given extends Blocks>(
  blocks: Given,
  settings: (places: Places<Given>) => Readonly<Record<string, number>>,
): Assembly<Given> {
  const places: Record<string, number> = {};
  const lengths: Record<string, number> = {};
  let end = pageBytes;
  const place = (name: string, length: number) => {
    const [{ BYTES_PER_ELEMENT }] = blocks[name] as Block;
    places[name] = end;
    lengths[name] = length;
    end = alignment * Math.ceil((end + length * BYTES_PER_ELEMENT) / alignment);
  };
  for (const [name, [, length]] of Object.entries(blocks)) place(name, length);
  const memory = new Memory({ initial: Math.ceil(end / pageBytes) });
  compiled ??= new Module(readFileSync(assemblyFile));
  const { exports: exported } = new Instance(compiled, { env: { memory } });
  const set = (name: string, value: number) => {
    (exported[name] as { value: number }).value = value;
  };
  for (const [name, value] of Object.entries({ ...places, ...settings(places as Places<Given>) })) {
    set(name, value);
  }
  const view = () =>
    Object.fromEntries(
      Object.entries(blocks).map(([name, [Kind]]) => [
        name,
        new Kind(memory.buffer, places[name] as number, lengths[name] as number),
      ]),
    ) as Views<Given>;
  const assembly: Assembly<Given> = {
    functions: exported as unknown as Functions,
    views: view(),
    enlarge(name, length) {
      place(name, length);
      memory.grow(Math.max(0, Math.ceil(end / pageBytes) - memory.buffer.byteLength / pageBytes));
      set(name, places[name] as number);
      assembly.views = view();
    },
  };
  return assembly;
}
