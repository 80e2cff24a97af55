// Describes what runs on AWS in lines of text, for a terminal.
import { usd } from '../../platform/format';
import type { RunningResource } from '../contract/session';

/** Returns a line for each resource: its price an hour, its age, its cost so far and its planned end. */
export function describeRunning(running: readonly RunningResource[]): string {
  return running.map(describe).join('\n');
}

function describe({ kind, name, seconds, dollarsPerHour, dollarsSoFar, ends }: RunningResource): string {
  const price = dollarsPerHour === 'unknown' ? 'at an unknown price' : `${usd(dollarsPerHour)} an hour`;
  const cost = dollarsSoFar === 'unknown' ? '' : `, ${usd(dollarsSoFar)} so far`;
  return `- ${kind} ${name}: ${price}, for ${(seconds / 3600).toFixed(1)} hours${cost}${ends ? `, ends at ${ends}` : ''}`;
}
