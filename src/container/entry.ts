// The container's entry point, bundled by bundle.ts: SageMaker starts the image with one word, train or serve. Only that
// program is loaded.
import { onInterrupt } from '../platform/interrupt';

const programs = {
  train: () => require('./train'),
  serve: () => require('./serving/serve'),
} satisfies Record<string, () => { main: () => Promise<void> }>;

/** Starts the program that the word names; anything else ends the process with an error and exit code 1. */
export function start(words: readonly string[]): void {
  const [word = ''] = words;
  if (words.length === 1 && isProgram(word)) {
    // So that stacks name lines of src/.
    if (process.env.DEBUG === '1') process.setSourceMapsEnabled(true);
    // Ctrl-C would not end the first process of a container otherwise.
    onInterrupt(() => process.kill(process.pid, 'SIGTERM'));
    void programs[word]().main();
    return;
  }
  console.error(`Start the image with one word, train or serve, not with "${words.join(' ')}".`);
  process.exitCode = 1;
}

function isProgram(word: string): word is keyof typeof programs {
  return Object.hasOwn(programs, word);
}
