// Describes what a failed run may have left on AWS: its price, and the command that ends it.
import { withDefaults } from './account/defaults';
import { findRegion } from './account/identity';
import type { LedgerEntry } from './account/ledger';
import { describeRunning } from './describeRunning';
import { billedKinds } from './kinds';
import { openAwsSession } from './session';

/** Returns a text about each region of the ledger's entries, and about the environment's. Never rejects. */
export async function describeLeft(created: readonly LedgerEntry[]): Promise<string> {
  const usual = await findUsual().catch(() => undefined);
  const regions = new Set([...created.map(({ region }) => region), ...(usual ? [usual] : [])]);
  const texts = [...regions].map(async (region) => {
    const command = `${region === usual ? '' : `AWS_REGION=${region} `}npm run clean-up`;
    const here = created.filter((entry) => entry.region === region);
    return await describeRegion(region, command, here);
  });
  return (await Promise.all(texts)).join('\n');
}

async function findUsual(): Promise<string> {
  return (await findRegion(withDefaults({}).region)).value;
}

async function describeRegion(
  region: string,
  command: string,
  created: readonly LedgerEntry[],
): Promise<string> {
  const told: string[] = [];
  const audience = { tell: (sentence: string) => void told.push(sentence), live: () => () => undefined };
  try {
    const running = await openAwsSession({ region }, audience).whatIsRunning();
    if (running.length + told.length === 0)
      return `On AWS, in ${region}, nothing is left that is billed by the hour.`;
    const bill = running.length > 0 ? [`Still billed in ${region}:`, describeRunning(running)] : [];
    return [...bill, ...told, `To end it: ${command}`].join('\n');
  } catch (error) {
    const billed = created.filter(({ kind }) => Object.hasOwn(billedKinds, kind));
    const names = new Set(billed.map(({ kind, name }) => `${kind} ${name}`));
    const recorded = names.size > 0 ? ` This run created: ${[...names].join(', ')}.` : '';
    return (
      `What is still billed in ${region} could not be listed: ${(error as Error).message}${recorded}\n` +
      `To list and end it: ${command}`
    );
  }
}
