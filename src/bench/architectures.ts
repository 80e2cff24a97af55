// Benchmark: the architectures beside each other. What the full form has measured is committed as
// src/measuredArchitectures.json, for the notebook's chart.
import { join } from 'node:path';
import { architectures } from '../architectures';
import { type Benchmark, inTurn } from './measure';

export const benchArchitectures: Benchmark = async ({ short }) => {
  const seeds = short ? 1 : 3;
  const contestants = Object.keys(architectures).map((name) => ({
    name,
    command: [process.execPath, join(__dirname, 'architectureContestant.js'), name, String(seeds)],
  }));
  const task =
    `each architecture with its defaults on splits by story, mean of ${seeds} seed(s): accuracy and macro F1 on held-out ` +
    'stories, seconds of training, megabytes of the artifact, microseconds for one headline';
  return { task, ...(await inTurn(contestants, 1)) };
};
