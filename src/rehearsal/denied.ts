// The program behind `npm run rehearse:denied`: rehearses a notebook once for each permission that it uses, without that
// permission. Each run must end as usual or name the missing permission, and name whatever it leaves. Takes about an hour.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { runMain, UserError } from '../platform/errors';
import { nameOfLeft } from './leftovers';

interface Rehearsal {
  /** Everything that a user reads. */
  text: string;
  errors: number;
  left: string[];
  actions?: string[];
}

const notebook = process.argv.slice(2);

/** Runs the rehearsal in a process of its own, as a kernel would be. */
async function rehearse(denied: string): Promise<Rehearsal> {
  const env = { ...process.env, REHEARSAL_DENIED: denied };
  const options = { env, maxBuffer: 2 ** 26 };
  const printed = await new Promise<string>((done) => {
    execFile(process.execPath, [join(__dirname, 'main.js'), ...notebook], options, (_error, out, errors) =>
      done(`${errors}\n${out}`),
    );
  });
  const lines = printed.trimEnd().split('\n');
  const last = lines.pop() ?? '';
  if (!last.startsWith('{')) throw new UserError(`The rehearsal did not end:\n${printed}`);
  return { text: lines.join('\n'), ...JSON.parse(last) };
}

async function main(): Promise<void> {
  const { actions = [], errors, left } = await rehearse('');
  if (errors + left.length > 0) {
    throw new UserError('The notebook fails with every permission, too. To see why: npm run rehearse');
  }
  let failures = 0;
  for (const [index, action] of actions.entries()) {
    const problems = problemsOf(action, await rehearse(action));
    if (problems.length > 0) failures += 1;
    const result = problems.length > 0 ? `failed. ${problems.join(' ')}` : 'passed';
    console.log(`${index + 1} of ${actions.length}, without ${action}: ${result}`);
  }
  console.log(`${actions.length - failures} passed, ${failures} failed`);
  process.exitCode = failures > 0 ? 1 : 0;
}

function problemsOf(action: string, { text, errors, left }: Rehearsal): string[] {
  const unnamed = left.filter((one) => !text.includes(nameOfLeft(one)));
  return [
    ...(errors > 0 && !text.includes(action) ? [`No error names the permission:\n${text}`] : []),
    ...(unnamed.length > 0 ? [`Left and not named: ${unnamed.join(', ')}.`] : []),
  ];
}

void runMain(main);
