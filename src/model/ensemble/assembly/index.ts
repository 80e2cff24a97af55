// What is compiled to WebAssembly, from AssemblyScript: TypeScript's syntax, and types that are those of the machine.
// Loads and stores name places in memory, in bytes; src/model/ensemble/wasm.ts sets the variables that hold them.
export * from './answering';
export { transposeKernel } from './filters';
export { codes, hashShift, ngrams, readCharacters, readWords } from './ngrams';
export { seedRandom } from './random';
export { filters, labels, maxLength, vectorBytes } from './shape';
export * from './supportVectors';
export * from './training';
export * from './weights';
