// Where a prediction comes from: its `model` field → the training job, the data, the code, the image.
import type { Described } from '../../model/artifact';
import type { EpochMetrics } from '../../model/training/metrics';
import type { Origin } from '../../model/training/origin';
import { UserError } from '../../platform/errors';

/** Job, data, code and settings behind a model; see `session.lineage()`. */
export interface Lineage {
  /** Id in each prediction: the first 16 hexadecimal digits of the SHA-256 of the artifact's classifier.json. */
  model: string;
  /** Training job that made it; the latest if several made the same model. */
  job: string;
  /** Location of the artifact, which may have been deleted since. */
  modelArtifact: string;
  /** Content hashes of data and code, and the image's digest. Absent in artifacts of earlier versions. */
  origin?: Origin;
  /** The code of a network of your own as you wrote it: up to its first 100,000 characters. Nothing runs it. */
  source?: string;
  hyperparameters: Record<string, string | number>;
  trainingRows: number;
  validationRows: number;
  /** Metrics of the epoch whose weights it keeps; absent if no epoch was finished. */
  metrics?: EpochMetrics;
}

/** Combines an artifact's description with the job that made it. */
export function lineageOf(job: string, modelArtifact: string, { model, description }: Described): Lineage {
  const { origin, source, hyperparameters, trainingRows, validationRows, history, trainedEpochs } =
    description;
  const metrics = history[Math.floor(trainedEpochs) - 1];
  return {
    model,
    job,
    modelArtifact,
    ...(origin && { origin }),
    ...(typeof source === 'string' && { source }),
    hyperparameters,
    trainingRows,
    validationRows,
    ...(metrics && { metrics }),
  };
}

/** Returns the error for a model that no known job has made. */
export function unknownModel(model: string): UserError {
  return new UserError(
    `No training job of this session has made the model "${model}". Pass the \`model\` of a prediction. ` +
      'The models of a deleted job cannot be traced.',
  );
}

/** A row of `lineageTable()`. */
export interface LineageRow {
  what: string;
  value: string | number;
}

/**
 * Returns a model's lineage as rows of a table: job, data and code first, then hyperparameters, then metrics. A network of
 * your own is there with the hash of its code, its number of lines and the first one; `lineage.source` has all of it.
 * @example
 * ```ts
 * const traced = await growing.predict('Bank shares rise');
 * const lineage = await session.lineage(traced.model!);
 * console.log(workshop.lineageTable(lineage)[0].what, lineage.job === job.name); // model true
 * ```
 */
export function lineageTable({ model, job, origin, source, ...rest }: Lineage): LineageRow[] {
  const rows = (prefix: string, values: object) =>
    Object.entries(values).map(([name, value]) => ({ what: `${prefix}${name}`, value }));
  const { trainingRows, validationRows, hyperparameters, metrics = {} } = rest;
  const { code: network, ...data } = origin?.data ?? {};
  return [
    ...rows('', { model, 'training job': job }),
    ...rows('data: ', data),
    ...rows('', { ...(network && { network }), ...(source && { 'network source': describeSource(source) }) }),
    ...rows('', { ...(origin && { code: origin.code }), ...(origin?.image && { image: origin.image }) }),
    ...rows('', { 'training rows': trainingRows, 'validation rows': validationRows }),
    ...rows('hyperparameter: ', hyperparameters),
    ...rows('metric: ', metrics),
  ];
}

/** Returns the number of lines and the first one that is not empty, cut to the width of a table. */
function describeSource(source: string): string {
  const lines = source.trimEnd().split('\n');
  const first = lines.find((line) => line.trim() !== '')?.trim() ?? '';
  const shown = first.length > 60 ? `${first.slice(0, 60)}…` : first;
  return lines.length === 1 ? shown : `${lines.length} lines: ${shown} …`;
}
