// What the notebook imports: the way the data goes, step by step, then the session, then what shows things.

export { loadArtifact } from './artifact';
// under the cell
export {
  barChart,
  confusionMatrix,
  type Figure,
  histogram,
  type Line,
  lineChart,
  trainingCurves,
} from './charts';
export type { Classifier, ClassifierDescription, Prediction } from './classifier';
// newsCorpora.csv → rows
export { type Dataset, loadDataset } from './dataset';
export { say, show, showTable, type Tabular, watch } from './display';
export { type Evaluation, evaluate, type LabelFigures } from './evaluate';
export { categories, type Headline, readHeadlines, writeHeadlines } from './headlines';
// training → model artifact → predictions
export { describeHyperparameters, type Hyperparameters } from './hyperparameters';
export type { EpochMetrics } from './metrics';
// rows → training and validation rows
export { sample } from './random';
export { type Report, type Run, writeReport } from './report';
// session → training job → endpoint → predictor → clean up
export {
  type Channel,
  type Endpoint,
  openSession,
  type Predictor,
  type RunningResource,
  type Session,
  type SessionKind,
  sessionKinds,
  type TrainingJob,
  type TrainingJobDescription,
  type TrainingJobStatus,
  type TrainingListener,
  type TrainingRequest,
} from './session';
export { type Split, type SplitOptions, splitByStory, splitRandomly } from './split';
// titles → tokens → tensors
export { createEncoder, type Encoder, learnVocabulary, normalise, tokenise } from './tokenizer';
export { loadVectors, type WordVectors } from './vectors';
