// What the notebook imports, in the order of the way: data, split, tokens, training, session, charts, display.

// newsCorpora.csv → rows
export { type Dataset, type DatasetOptions, loadDataset } from './dataset';
export type { DownloadOptions } from './download';
export { categories, type Headline, type LabelledTitle, readNews, writeHeadlines } from './headlines';
export { type Columns, readTable } from './ownData';
export type { Rows, SkippedLine } from './records';
export { countBy } from './explore';
export { type ExampleTableOptions, writeExampleTable } from './exampleTable';

// rows → training and validation rows
export { type Split, type SplitOptions, splitByStory, splitRandomly } from './split';
export { sample } from './random';

// titles → tokens → tensors
export { createEncoder, type Encoder, learnVocabulary, normalise, tokenise } from './tokenizer';
export { loadVectors, type VectorsOptions, type WordVectors } from './vectors';

// session → training job → endpoint → predictor → clean up
export { openSession, type SessionOptions, sessionKinds } from './openSession';
export type { AwsSessionOptions } from './awsOptions';
export type {
  Channel,
  Check,
  CleanUpOptions,
  DeploymentOptions,
  Endpoint,
  Predictor,
  RunningResource,
  Session,
  SessionKind,
} from './session';
export type { TrainingJob, TrainingJobDescription, TrainingJobStatus } from './session';
export type { TrainingListener, TrainingRequest } from './session';
export { describeHyperparameters, type Hyperparameters } from './hyperparameters';
export { compareSplits, countKnownStories, type SplitComparison, uploadSplit } from './splits';
export { type EpochMetrics, parseProgress, type TrainingProgress } from './metrics';

// container/ → image → report → Amazon ECR
export { type BuildOptions, buildImage, type Image } from './buildImage';
export type { BuildStep } from './buildProgress';
export { testImage } from './testImage';
export type {
  CheckResult,
  ImageTestOptions,
  TestChannels,
  TestRequest,
  TestSeconds,
} from './imageTestOptions';
export { type PublishedImage, type PublishOptions, publishImage } from './publishImage';

// model artifact → predictions → figures
export { loadArtifact } from './artifact';
export type { Classifier, ClassifierDescription, Prediction } from './classifier';
export type { NamedTensor, TensorData } from './tensors';
export type { ArchitectureName } from './architectures';
export { type Evaluation, evaluate, type LabelFigures } from './evaluate';
export { type Agreement, type Answering, compare } from './compare';
export { type Report, type Run, writeReport } from './report';

// figures and tables under the cell
export {
  barChart,
  confusionMatrix,
  dotChart,
  type Figure,
  histogram,
  lineChart,
  trainingCurves,
} from './charts';
export type { Line, Titles } from './charts';
export { mean, percent } from './format';
export { orSay, say, show, showTable, type Tabular, watch } from './display';
