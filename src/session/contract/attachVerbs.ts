// How to re-attach to a job of each kind.

/** For each kind of job, the session's method that re-attaches to it. */
export const attachVerbs = {
  'training job': 'attachTrainingJob',
  'tuning job': 'attachTuningJob',
  'batch transform': 'attachTransformJob',
} as const;

export type JobKind = keyof typeof attachVerbs;
