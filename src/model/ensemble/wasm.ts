// Loads the WebAssembly that runs the ensemble's inner loops, several numbers at a time. Set-up compiles it from the
// AssemblyScript in assembly/. Its arithmetic is the same on every machine.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../platform/errors';
import { formatBytes } from '../../platform/format';
import { memoryLimit } from '../../platform/memory';

export const assemblyFile = join(__dirname, 'assembly.wasm');

/** The functions that assembly/ exports; a place is an offset in the memory, in bytes. */
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

/** The type and number of the numbers in a block of memory, all 0 at first. */
export type Block<Values extends Numbers = Numbers> = readonly [kind: Constructor<Values>, length: number];

type Blocks = Readonly<Record<string, Block>>;
type Views<Given extends Blocks> = {
  [Name in keyof Given]: Given[Name] extends Block<infer Values> ? Values : never;
};

/** The offset of each block, in bytes. */
type Places<Given extends Blocks> = { [Name in keyof Given]: number };

interface Assembly<Given extends Blocks> {
  functions: Functions;
  /** The numbers of each block. */
  views: Views<Given>;
  /**
   * Replaces blocks by larger ones at the memory's end, all 0, and renews the views. Throws a {@link UserError} and changes
   * nothing if the memory does not suffice.
   */
  enlarge(lengths: Readonly<Partial<Record<keyof Given, number>>>): void;
}

/** The part of WebAssembly's API used here, which Node's types do not declare. */
interface WebAssemblyApi {
  Memory: new (limits: { initial: number }) => { buffer: ArrayBuffer; grow(pages: number): void };
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: Record<string, unknown> };
}

const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

let compiled: object | undefined;

const pageBytes = 65_536;
/** Bytes of a cache line; every block begins at a multiple. */
const alignment = 64;

/**
 * Creates an instance with its own memory. Blocks and settings have the names of variables that assembly/ exports; the
 * variable of a block holds its place. Throws a {@link UserError} if the memory does not suffice.
 */
export function assemble<const Given extends Blocks>(
  blocks: Given,
  settings: (places: Places<Given>) => Readonly<Record<string, number>>,
): Assembly<Given> {
  let laid = layOut(blocks, pageBytes);
  const memory = allocate(laid.end, (pages) => new Memory({ initial: pages }));
  compiled ??= new Module(readFileSync(assemblyFile));
  const { exports: exported } = new Instance(compiled, { env: { memory } });
  setVariables(exported, { ...laid.places, ...settings(laid.places as Places<Given>) });
  const view = () =>
    Object.fromEntries(
      Object.entries(laid.blocks).map(([name, [Kind, length]]) => [
        name,
        new Kind(memory.buffer, laid.places[name] as number, length),
      ]),
    ) as Views<Given>;
  const assembly: Assembly<Given> = {
    functions: exported as unknown as Functions,
    views: view(),
    enlarge(lengths) {
      const larger = Object.entries(lengths).map(([name, length]) => [name, [blocks[name]?.[0], length]]);
      const more = layOut(Object.fromEntries(larger) as Blocks, laid.end);
      allocate(more.end, (pages) => memory.grow(Math.max(0, pages - memory.buffer.byteLength / pageBytes)));
      laid = {
        end: more.end,
        blocks: { ...laid.blocks, ...more.blocks },
        places: { ...laid.places, ...more.places },
      };
      setVariables(exported, more.places);
      assembly.views = view();
    },
  };
  return assembly;
}

/** Places blocks one after the other. */
function layOut(blocks: Blocks, start: number) {
  const places: Record<string, number> = {};
  let end = start;
  for (const [name, [{ BYTES_PER_ELEMENT }, length]] of Object.entries(blocks)) {
    places[name] = end;
    end = alignment * Math.ceil((end + length * BYTES_PER_ELEMENT) / alignment);
  }
  return { blocks, places, end };
}

function allocate<Result>(bytes: number, make: (pages: number) => Result): Result {
  try {
    return make(Math.ceil(bytes / pageBytes));
  } catch (error) {
    if (!(error instanceof RangeError) && !(error instanceof TypeError)) throw error;
    throw new UserError(
      `The model needs ${formatBytes(bytes)} of contiguous memory, which is not available: WebAssembly has at most 4 GB and ` +
        `reserves 10 GB of addresses for it, and this process may use ${formatBytes(memoryLimit())}. Allow it more memory, ` +
        'or lower vocabulary_size or the number of rows, labels or characters of a text.',
      { cause: error },
    );
  }
}

function setVariables(exported: Record<string, unknown>, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) (exported[name] as { value: number }).value = value;
}
