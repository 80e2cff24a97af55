// What the notebook imports, in the order of the way: data, split, tokens, training, session, charts, display.

// newsCorpora.csv → rows
export { type Dataset, type DatasetOptions, loadDataset } from './dataset';
export type { DownloadOptions } from './download';
export { categories, type Headline, type LabelledTitle, readNews, writeHeadlines } from './headlines';
export type { LabelCount } from './labelRemarks';
export { readTable, type Table } from './ownData';
export type { FileRows, SkippedLine } from './records';
export type { Columns } from './tableFile';
export { countBy, examplesBy } from './explore';
export { type TellingWord, tellingWords, type TellingWordsOptions } from './tellingWords';
export { type ExampleTableOptions, writeExampleTable } from './exampleTable';

// rows → training and validation rows
export { type Split, type SplitOptions, splitByStory, splitRandomly } from './split';
export { type FoldOptions, foldsByStory } from './folds';
export {
  describeSplit,
  type RowShare,
  type SplitDescription,
  type SplitDescriptionOptions,
} from './describeSplit';
export { type NearestTitle, nearestTitles } from './nearDuplicates';
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
  HostingPrices,
  Predictor,
  RunningResource,
  Scale,
  Session,
  SessionKind,
  TimedPrediction,
} from './session';
export type { TrainingJob, TrainingJobDescription, TrainingJobStatus } from './session';
export type { TrainingListener, TrainingRequest } from './session';
export type {
  TransformJob,
  TransformJobDescription,
  TransformListener,
  TransformProgress,
  TransformRequest,
} from './session';
export { type InputRecord, type ScoredRecord, writeRecords } from './transformFiles';
export type {
  Objective,
  SearchedNumber,
  SearchRanges,
  SearchStrategy,
  Trial,
  TuningJob,
  TuningJobDescription,
  TuningListener,
  TuningRequest,
} from './tuning';
export { type LoadStep, type MeasuredLoad, loadTest, type LoadTestOptions } from './loadTest';
export { cheaperFrom, type CostOfMonth, monthlyCost } from './monthlyCost';
export { type Lineage, type LineageRow, lineageTable } from './lineage';
export type { Origin } from './origin';
export { describeHyperparameters, type Hyperparameters } from './hyperparameters';
export { uploadSplit } from './uploadSplit';
export { compareSplits, countKnownStories, type SplitComparison } from './splits';
export { type CrossValidation, crossValidate } from './crossValidation';
export { learningCurve, learningCurveChart, type LearningPoint } from './learningCurve';
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
export { type Evaluation, evaluate } from './evaluate';
export type { LabelFigures } from './labelFigures';
export type { EvaluationOptions, Interval, Intervals } from './bootstrap';
export type { Calibration, CalibrationBin } from './calibration';
export { type Answer, answersOf, surestMistakes } from './answers';
export { type Explanation, explain, type WordContribution } from './explain';
export { type Agreement, type Answering, compare } from './compare';
export { type Report, type Run, writeReport } from './report';

// what the exercises ask for
export {
  type BetterModel,
  checkBetter,
  checkCopies,
  checkJobFolder,
  checkTrained,
  type CopiedHeadlines,
} from './exercises';
export { describeBill } from './bill';

// figures
export { barChart, dotChart, type Hover, histogram, type Line, lineChart } from './charts';
export type { Figure, Titles } from './figure';
export {
  categoryChart,
  dayChart,
  hourChart,
  lengthChart,
  publisherChart,
  tellingWordsChart,
} from './exploreCharts';
export { biggestStoriesChart, nearestTitlesChart, storySizeChart } from './storyCharts';
export { trainingCurves } from './trainingChart';
export { trialTable, tuningChart } from './tuningChart';
export { architectureChart, type MeasuredArchitecture, measuredArchitectures } from './architectureChart';
export { describeHosts, hostsChart, measuredHosts, type SeveralHosts } from './hosts';
export { loadChart } from './loadChart';
export { confusionMatrix, reliabilityDiagram, scoresChart } from './evaluationCharts';
export { describeFigure } from './altText';

// what stands under the cell
export { mean, percent } from './format';
export { orSay, say, show, showTable } from './display';
export { showExplanation, showPredictions } from './showWords';
export type { Tabular } from './table';
export { watch } from './watch';
export { watchTransform } from './watchTransform';
export { readScored } from './transformFiles';
export { watchTuning } from './watchTuning';
