// The notebook's vocabulary, in the order in which it is used: data, split, tokens, training, session, charts, display.

// newsCorpora.csv → rows
export { type Dataset, type DatasetOptions, loadDataset } from './data/dataset';
export type { DownloadOptions } from './data/download';
export { categories, type Headline, type LabelledTitle, readNews, writeHeadlines } from './data/headlines';
export type { LabelCount } from './data/labelRemarks';
export { readTable, type Table } from './data/table';
export type { FileRows, SkippedLine } from './data/files/fileRows';
export type { Columns } from './data/files/tableFile';
export { countBy, examplesBy } from './data/explore';
export { type TellingWord, tellingWords, type TellingWordsOptions } from './data/tellingWords';
export { type ExampleTableOptions, writeExampleTable } from './data/exampleTable';

// rows → training and validation rows
export { type Split, type SplitOptions, splitByStory, splitRandomly } from './data/split';
export { type FoldOptions, foldsByStory } from './data/folds';
export {
  describeSplit,
  type RowShare,
  type SplitDescription,
  type SplitDescriptionOptions,
} from './data/describeSplit';
export { type NearestTitle, nearestTitles } from './data/nearDuplicates';
export { sample } from './data/random';

// titles → tokens → tensors
export { normalise } from './text/normalise';
export { tokenise } from './text/tokenizer';
export { createEncoder, type Encoder, learnVocabulary } from './text/vocabulary';
export { loadVectors, type VectorsOptions, type WordVectors } from './text/vectors';

// a network of your own
export { readNetwork } from './notebook/networks/readNetwork';
export { defineNetwork, type NetworkOptions } from './notebook/networks/defineNetwork';
export type {
  EmbeddingOptions,
  Network,
  NetworkFunction,
  NetworkParts,
  OwnHyperparameters,
} from './model/training/networkFunction';

// session → training job → endpoint → predictor → clean up
export { openSession, type SessionOptions, sessionKinds } from './session/open';
export type { AwsSessionOptions } from './session/aws/account/options';
export type {
  Channel,
  Check,
  CleanUpOptions,
  DeploymentOptions,
  Endpoint,
  HostingPrices,
  Predictor,
  RunningResource,
  Scale,
  Session,
  SessionKind,
  TimedPrediction,
} from './session/contract/session';
export type { AlarmLimits, EndpointAlarms, UpdateGuard } from './session/contract/session';
export type { ApprovalStatus, RegisteredModel, RegisterOptions } from './session/contract/registeredModel';
export type { Job, TrainingJob, TrainingJobDescription, TrainingJobStatus } from './session/contract/session';
export type {
  NetworkChoice,
  TrainingListener,
  TrainingRequest,
  TrainingSettings,
} from './session/contract/session';
export type {
  TransformJob,
  TransformJobDescription,
  TransformListener,
  TransformProgress,
  TransformRequest,
} from './session/contract/session';
export { type InputRecord, type ScoredRecord, writeRecords } from './notebook/transformFiles';
export type {
  Objective,
  OwnRanges,
  SearchChoice,
  SearchedNumber,
  SearchRanges,
  SearchStrategy,
  Trial,
  TuningJob,
  TuningJobDescription,
  TuningListener,
  TuningRequest,
  TuningSettings,
} from './session/contract/tuning';
export { type LoadStep, type MeasuredLoad, loadTest, type LoadTestOptions } from './notebook/loadTest';
export { cheaperFrom, type CostOfMonth, monthlyCost } from './notebook/monthlyCost';
export { type Lineage, type LineageRow, lineageTable } from './session/contract/lineage';
export type { Origin } from './model/training/origin';
export { describeHyperparameters, type Hyperparameters } from './model/hyperparameters';
export { uploadSplit } from './notebook/uploadSplit';
export { compareSplits, countKnownStories, type SplitComparison } from './notebook/compareSplits';
export { type CrossValidation, crossValidate } from './notebook/crossValidation';
export { learningCurve, learningCurveChart, type LearningPoint } from './notebook/learningCurve';
export { type EpochMetrics, parseProgress, type TrainingProgress } from './model/training/metrics';

// container/ → image → report → Amazon ECR
export { type BuildOptions, buildImage, type Image } from './image/build/buildImage';
export type { BuildStep } from './image/build/progress';
export type { Platform } from './image/engine/platform';
export { testImage } from './image/check/testImage';
export type {
  CheckResult,
  ImageTestOptions,
  TestChannels,
  TestRequest,
  TestSeconds,
} from './image/check/options';
export { type PublishedImage, type PublishOptions, publishImage } from './session/aws/registry/publishImage';

// model artifact → predictions → figures
export { loadArtifact } from './model/artifact';
export { exportLayersModel, importLayersModel, type LayersModelMetadata } from './model/layersModelFile';
export type { Classifier, ClassifierDescription, Prediction } from './model/training/classifier';
export type { NamedTensor, TensorData } from './model/training/tensors';
export type { ArchitectureName } from './model/registry';
export { type Evaluation, evaluate } from './model/evaluation/evaluate';
export type { LabelFigures } from './model/evaluation/labelFigures';
export type { EvaluationOptions, Interval, Intervals } from './model/evaluation/bootstrap';
export type { Calibration, CalibrationBin } from './model/evaluation/calibration';
export { type Answer, answersOf, surestMistakes } from './model/evaluation/answers';
export { type Explanation, explain, type WordContribution } from './model/evaluation/explain';
export { type Agreement, type Answering, compare } from './model/evaluation/compare';
export { type Report, type Run, writeReport } from './notebook/report';

// checks of the exercises
export {
  type BetterModel,
  checkBetter,
  checkCopies,
  checkJobFolder,
  checkOwnNetwork,
  checkTrained,
  type CopiedHeadlines,
  type OwnNetwork,
} from './notebook/exercises';
export { describeBill } from './notebook/bill';

// figures
export { barChart, dotChart, type Hover, histogram, type Line, lineChart } from './display/charts';
export type { Figure, Titles } from './display/figure';
export { publisherChart, tellingWordsChart } from './notebook/charts/explore';
export { nearestTitlesChart, storySizeChart } from './notebook/charts/stories';
export { trainingCurves } from './notebook/charts/training';
export { trialTable, tuningChart } from './notebook/charts/tuning';
export {
  architectureChart,
  type MeasuredArchitecture,
  measuredArchitectures,
} from './notebook/charts/architectures';
export { loadChart } from './notebook/loadChart';
export { confusionMatrix, reliabilityDiagram, scoresChart } from './notebook/charts/evaluation';
export { describeFigure } from './display/altText';

// output under a cell
export { mean, percent } from './platform/format';
export { liveChart, orSay, say, show, showTable } from './display/display';
export { showExplanation, showPredictions } from './notebook/showWords';
export type { Tabular } from './display/table';
export { watch } from './notebook/watch';
export { watchTransform } from './notebook/watchTransform';
export { readScored } from './notebook/transformFiles';
export { watchTuning } from './notebook/watchTuning';
