// Says after a failure what is still billed.
import { openLedger } from './aws/account/ledger';

/**
 * Returns a text about what is billed on AWS and how to end it, if SESSION is aws or something was created there since a
 * time; else an empty text.
 */
export async function describeStillBilled(since: Date): Promise<string> {
  const created = openLedger()
    .read()
    .filter(({ action, time }) => action === 'create' && new Date(time) >= since);
  if (created.length === 0 && process.env.SESSION !== 'aws') return '';
  // Loaded on demand: AWS's clients take a second.
  const { describeLeft } = require('./aws/describeLeft') as typeof import('./aws/describeLeft');
  return await describeLeft(created);
}
