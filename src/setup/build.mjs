// The steps that compile src/ and convert the word vectors.
import fs from 'node:fs';
import path from 'node:path';
import { run } from './command.mjs';
import { npmEnvironment } from './npm.mjs';
import { at, readIfThere, remove, scratch, sha256 } from './places.mjs';

/** Runs every time: TypeScript takes a second to find that nothing has changed. */
export const buildStep = () => ({
  label: 'build',
  isSilent: fs.existsSync(at('dist/index.js')),
  run: async () => {
    removeStale();
    await assemble();
    // node_modules/.bin/tsc is tslab's, an older TypeScript.
    const compiler = at('node_modules/typescript/bin/tsc');
    await run(process.execPath, [compiler, '-p', '.'], { sentence: 'src/ does not compile.' });
  },
});

/** Compiles src/model/ensemble/assembly to WebAssembly if a source has changed. */
async function assemble() {
  const sources = at('src/model/ensemble/assembly');
  const files = fs.readdirSync(sources).map((file) => path.join(sources, file));
  const stamp = at('dist/.assembly');
  const value = [at('package-lock.json'), ...files].map(sha256).join(' ');
  if (readIfThere(stamp) === value) return;
  const compiler = at('node_modules/assemblyscript/bin/asc.js');
  const args = [compiler, '--config', path.join(sources, 'asconfig.json')];
  await run(process.execPath, args, { sentence: 'src/model/ensemble/assembly does not compile.' });
  fs.writeFileSync(stamp, value);
}

/** Removes compiled files without a source: tests would run them, and imports would find them. */
function removeStale() {
  const dist = at('dist');
  for (const file of fs.existsSync(dist) ? fs.readdirSync(dist, { recursive: true }) : []) {
    const [, stem] = /^(.+?)\.(?:d\.ts|js)(?:\.map)?$/.exec(file) ?? [];
    if (stem && !fs.existsSync(at('src', `${stem}.ts`))) remove(path.join(dist, file));
  }
}

/** Downloads pretrained word vectors and converts them. Compiles the program for it alone, so as not to wait for the build. */
export const vectorsStep = () => ({
  label: 'word vectors',
  megabytes: 135,
  peakMegabytes: 450,
  makes: at('data/vectors'),
  // Vectors of your own count as well.
  isDone: () => fs.existsSync(at('data/vectors')) && fs.readdirSync(at('data/vectors')).length > 0,
  run: async () => {
    // As deep in the project as where the build puts it.
    const program = scratch('text/convertVectors.js');
    const { buildSync } = await import('esbuild');
    const source = at('src/text/convertVectors.ts');
    buildSync({ entryPoints: [source], outfile: program, bundle: true, platform: 'node' });
    await run(process.execPath, [program], {
      sentence: 'The word vectors could not be downloaded and converted.',
      env: npmEnvironment(),
    });
  },
});
