// Where a prediction comes from: its `model` field → the training job, the data, the code, the image.
import type { Described } from '../../model/artifact';
import type { EpochMetrics } from '../../model/training/metrics';
import type { Origin } from '../../model/training/origin';
import { UserError } from '../../platform/errors';

/** Everything that a model was made of; see `session.lineage()`. */
export interface Lineage {
  /** The id that stands in each prediction: the first 16 hexadecimal digits of the SHA-256 of the artifact's classifier.json. */
  model: string;
  /** The training job that made it; the latest where several made the same. */
  job: string;
  /** Where the artifact lies, or lay. */
  modelArtifact: string;
  /** Content hashes of data and code, and the image's digest. Absent in artifacts of earlier versions. */
  origin?: Origin;
  hyperparameters: Record<string, string | number>;
  trainingRows: number;
  validationRows: number;
  /** Of the epoch whose weights it keeps; absent where none was finished. */
  metrics?: EpochMetrics;
}

/** What an artifact says of itself, with the job that made it. */
export function lineageOf(job: string, modelArtifact: string, { model, description }: Described): Lineage {
  const { origin, hyperparameters, trainingRows, validationRows, history, trainedEpochs } = description;
  const metrics = history[Math.floor(trainedEpochs) - 1];
  return {
    model,
    job,
    modelArtifact,
    ...(origin && { origin }),
    hyperparameters,
    trainingRows,
    validationRows,
    ...(metrics && { metrics }),
  };
}

/** What to say where nothing has made the model, or what has is forgotten. */
export function unknownModel(model: string): UserError {
  return new UserError(
    `No training job that this session knows has made the model "${model}". It takes what a prediction says in \`model\`; ` +
      'a job that was deleted is forgotten, and its models with it.',
  );
}

/** One line of the table that `lineageTable()` gives. */
export interface LineageRow {
  what: string;
  value: string | number;
}

/**
 * A model's lineage as rows for a table: first what it was made of, then its hyperparameters, then its metrics.
 * @example
 * ```ts
 * const traced = await growing.predict('Bank shares rise');
 * const lineage = await session.lineage(traced.model!);
 * console.log(workshop.lineageTable(lineage)[0].what, lineage.job === job.name); // model true
 * ```
 */
export function lineageTable({ model, job, origin, ...rest }: Lineage): LineageRow[] {
  const rows = (prefix: string, values: object) =>
    Object.entries(values).map(([name, value]) => ({ what: `${prefix}${name}`, value }));
  const { trainingRows, validationRows, hyperparameters, metrics = {} } = rest;
  return [
    ...rows('', { model, 'training job': job }),
    ...rows('data: ', origin?.data ?? {}),
    ...rows('', { ...(origin && { code: origin.code }), ...(origin?.image && { image: origin.image }) }),
    ...rows('', { 'training rows': trainingRows, 'validation rows': validationRows }),
    ...rows('hyperparameter: ', hyperparameters),
    ...rows('metric: ', metrics),
  ];
}
