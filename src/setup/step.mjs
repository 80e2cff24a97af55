// Runs a step of set-up: skips it if its stamp matches, announces it with its number, times it, and removes the files of
// a failed step.
import fs from 'node:fs';
import { readIfThere, remove } from './places.mjs';

/** Seconds between two lines about unfinished steps. */
const reportSeconds = 10;

/**
 * Returns whether nothing is left to do: the step does not apply here (undefined), its stamp holds its value, or, without a
 * stamp, its `isDone()` returns true. The build is never done.
 */
export const isDone = (step) => {
  if (!step) return true;
  return step.stamp ? readIfThere(step.stamp) === step.value : step.isDone?.() === true;
};

/** @returns a function that runs a step unless it is done; steps may run at the same time */
export function createRunner(steps) {
  const all = steps.filter(Boolean);
  const waiting = new Map();
  const clock = setInterval(() => {
    if (waiting.size === 0) return;
    const [oldest] = waiting.values();
    print(`waiting for ${[...waiting.keys()].join(', ')} (${seconds(oldest)})`);
  }, reportSeconds * 1000);
  clock.unref();

  return async function carryOut(step) {
    if (isDone(step)) return;
    const started = performance.now();
    const name = `${all.indexOf(step) + 1} of ${all.length}, ${step.label}`;
    if (step.stamp) remove(step.stamp);
    if (!step.isSilent) print(`${name}${step.megabytes ? ` (${step.megabytes} MB on disk)` : ''} …`);
    waiting.set(step.label, started);
    try {
      await step.run();
      if (step.stamp) fs.writeFileSync(step.stamp, step.value);
      if (!step.isSilent) print(`${name}: done (${seconds(started)})`);
    } catch (error) {
      if (step.makes) remove(step.makes);
      throw error;
    } finally {
      waiting.delete(step.label);
    }
  };
}

export const print = (text) => console.log(`Set-up: ${text}`);

export const seconds = (started, digits = 0) => `${((performance.now() - started) / 1000).toFixed(digits)} s`;
