// What the ledger knows to run in other regions, where this session does not look.
import type { AwsContext } from './account/context';
import type { LedgerEntry } from './account/ledger';

/** Hours after which a job that the ledger has is taken to have ended: its last line is missing if no cell waited for it. */
const jobHours = 24;

/** Tells once what may run in other regions of this account, and how to see and end it. */
export function tellElsewhere(context: AwsContext): void {
  const { account, region: here } = context.place;
  const regions = new Set(
    context.ledger.read().flatMap((entry) => (entry.account === account ? entry.region : [])),
  );
  regions.delete(here.value);
  for (const region of regions) {
    const open = context.ledger.open({ account, region });
    const names = open.filter((one) => mayRun(one, open)).map(({ kind, name }) => `${kind} ${name}`);
    if (names.length === 0) continue;
    context.tellOnce(
      `The ledger also has in ${region}: ${names.join(', ')}. They may run and be billed. To list them: ` +
        `openSession({ region: '${region}' }). To end them: AWS_REGION=${region} npm run clean-up.`,
    );
  }
}

function mayRun({ kind, name, time, ends }: LedgerEntry, open: readonly LedgerEntry[]): boolean {
  if (kind === 'endpoint') {
    const schedule = open.find((one) => one.kind === 'schedule' && one.name === name);
    return !schedule?.ends || Date.parse(schedule.ends) > Date.now();
  }
  if (kind === 'warm pool') return Date.parse(ends ?? '') > Date.now();
  return (
    /^(training|transform|tuning) job$/.test(kind) && Date.now() - Date.parse(time) < 3_600_000 * jobHours
  );
}
