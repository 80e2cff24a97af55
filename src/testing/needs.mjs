// What a test file needs beyond Node, decided by what it imports and calls. Files that need something exclusive run one after
// another, in parallel with the others; `npm run test:quick` leaves out every file that needs anything or takes long.
import fs from 'node:fs';

/** Each need with the part of a file's path or text that shows it. */
const signs = {
  Docker: /testing\/(docker|image)'|image\/engine\//,
  'the stand-in for ECR': /testing\/ecr'/,
  'the stand-in for AWS': /testing\/aws'|\/moto'/,
  'a browser': /testing\/lab'/,
  'a Jupyter kernel': /testing\/(kernel|rawKernel)'|\brunNotebook\b/,
  'a mount': /\b(makeReadOnly|mount)\(/,
  TensorFlow:
    /(model|notebook)\/networks\/|model\/(transformer|cascade)\/|networks\/(classifier|cnn|lstm|mlp|tensorflow|kernels)'|@tensorflow|trainOnCorpus\(|architecture: '(mlp|lstm|cnn)'/,
  'programs of this project': /\b(startProgram|startServer|openProcessSession|openBench|uploadCorpus)\(/,
};

/** Several test files may use these at the same time: each starts its own. */
const shared = ['the stand-in for AWS', 'TensorFlow', 'programs of this project'];

/** Files that need nothing and take more than a few seconds. */
const slow = [
  'bench/fuzz/main.test.ts',
  'container/serving/http/bodies.test.ts',
  'container/serving/longTexts.test.ts',
  'data/download.test.ts',
  'data/synthetic.test.ts',
  'display/hostileText.test.ts',
  'jupyter/apiReference.test.ts',
  'model/ensemble/architecture.test.ts',
  'model/ensemble/repetition.test.ts',
  'session/local/transformJob.test.ts',
  'testing/lifecycle.test.ts',
];

const needsOf = (file) => Object.keys(signs).filter((need) => signs[need].test(`${file}\n${read(file)}`));
const read = (file) => fs.readFileSync(file, 'utf8');

/** Whether no other file of its kind may run at the same time. */
export const isExclusive = (file) => needsOf(file).some((need) => !shared.includes(need));

/** Whether a test file belongs to `npm run test:quick`. */
export const isQuick = (file) => needsOf(file).length === 0 && !slow.some((name) => file.endsWith(name));
