// The container's one door, in a bundle of its own (bundle.ts): SageMaker starts the image with one word, train or
// serve. Each program is loaded when it is asked for.
const programs = {
  train: () => require('./train'),
  serve: () => require('./serving/entry'),
} satisfies Record<string, () => { main: () => Promise<void> }>;

/** Starts the program of that word; any other words end the process with a sentence and exit code 1. */
export function start(words: readonly string[]): void {
  const [word = ''] = words;
  if (words.length === 1 && isProgram(word)) {
    // As the first process of a container, which Ctrl-C would not end otherwise.
    process.on('SIGINT', () => process.kill(process.pid, 'SIGTERM'));
    void programs[word]().main();
    return;
  }
  console.error(`The image is started with one word, train or serve, not with "${words.join(' ')}".`);
  process.exitCode = 1;
}

function isProgram(word: string): word is keyof typeof programs {
  return Object.hasOwn(programs, word);
}
