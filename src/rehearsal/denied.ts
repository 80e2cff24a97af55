// The program behind `npm run rehearse:denied`: rehearses a whole notebook once for each permission that it uses, without that
// permission. Each run must end as the notebook does or say what is missing, and name what it leaves. Takes about an hour.
import { execFile } from 'node:child_process';
import { join } from 'node:path';

interface Rehearsal {
  /** What the user saw. */
  text: string;
  errors: number;
  left: string[];
  actions: string[];
}

const notebook = process.argv.slice(2);

/** Runs the rehearsal in a process of its own, as a kernel would be. */
async function rehearse(denied = ''): Promise<Rehearsal> {
  const env = { ...process.env, REHEARSAL_DENIED: denied };
  const options = { env, maxBuffer: 2 ** 26 };
  const text = await new Promise<string>((done) => {
    execFile(process.execPath, [join(__dirname, 'main.js'), ...notebook], options, (_error, out, errors) =>
      done(`${errors}\n${out}`),
    );
  });
  return { text, ...JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') };
}

async function main(): Promise<void> {
  const { actions, errors, left } = await rehearse();
  if (errors + left.length > 0)
    throw new Error('The notebook fails with every permission: npm run rehearse.');
  let failures = 0;
  for (const [index, action] of actions.entries()) {
    const { text, errors, left } = await rehearse(action);
    const unnamed = left.filter((one) => !text.includes(nameOf(one)));
    const isSaid = errors === 0 || text.includes(action);
    if (!isSaid || unnamed.length > 0) failures += 1;
    const end =
      errors === 0
        ? 'runs to the end'
        : `ends in ${isSaid ? 'a sentence' : `an error that does not name it:\n${text}`}`;
    const rest =
      left.length > 0
        ? `, leaves ${left.join(', ')}${unnamed.length > 0 ? `; unnamed: ${unnamed.join(', ')}` : ''}`
        : '';
    console.log(`${index + 1} of ${actions.length}, without ${action}: ${end}${rest}`);
  }
  console.log(`${actions.length - failures} passed, ${failures} failed`);
  process.exitCode = failures > 0 ? 1 : 0;
}

/** A schedule and an alarm go with their endpoint, whose name is in theirs. */
function nameOf(left: string): string {
  return left.replace(/^.* (?:sagemaker-workshop-)?/, '').replace(/\/.*/, '');
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
