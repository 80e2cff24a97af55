// The entry for AssemblyScript, which compiles TypeScript syntax with machine types to WebAssembly. Loads and stores take
// places in memory, in bytes; wasm.ts in the folder above sets the variables that hold them.
export * from './answering';
export { transposeKernel } from './filters';
export { codes, hashShift, ngrams, readCharacters, readWords } from './ngrams';
export { seedRandom } from './random';
export { filters, labels, maxLength, vectorBytes } from './shape';
export * from './supportVectors';
export * from './training';
export * from './weights';
