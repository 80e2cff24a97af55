// The figures that the notebook's chart of architectures needs, taken from the training benchmark's results.
import { isArchitecture } from '../../model/registry';
import type { MeasuredArchitecture } from '../../notebook/charts/architectures';
import { measures, type TrainingFigures } from './figures';

/** Returns a row for each of the workshop's architectures, the most accurate first; leaves other tools out. */
export function toMeasuredArchitectures({
  figures,
}: Pick<TrainingFigures, 'figures'>): MeasuredArchitecture[] {
  return Object.entries(figures)
    .filter(([name]) => isArchitecture(name))
    .map(([architecture, of]) => ({
      architecture,
      accuracy: of[measures.accuracy]?.mean ?? 0,
      macroF1: of[measures.macroF1]?.mean ?? 0,
      trainingSeconds: of[measures.seconds]?.median ?? 0,
      megabytes: of[measures.megabytes]?.median ?? 0,
      microseconds: of[measures.microseconds]?.median ?? 0,
    }))
    .sort((one, other) => other.accuracy - one.accuracy);
}
