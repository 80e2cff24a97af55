// The program behind `npm run rehearse`: runs a whole notebook (the workshop's, or with `-- evaluation` or `-- scale` another)
// with the session on AWS against a local stand-in for AWS, then lists what is left in the account. Nothing reaches AWS and
// nothing is billed; you need neither an account nor root.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { syntheticName } from '../data/dataset';
import type { Notebook } from '../jupyter/format';
import { chooseNotebook, runNotebook, workshopNotebook } from '../jupyter/run';
import { describeError, withCleanUp } from '../platform/errors';
import { outputFolder, projectFolder } from '../platform/paths';
import type { Program } from '../session/local/record';
import { listLeft } from './leftovers';
import { ensureMoto, hasMoto, startMoto } from './moto';
import { createRole, leadsElsewhere, recordImage, rehearsalEnvironment } from './motoAccount';
import { authorizeInOrganisation, demandedOptions } from './organisation';
import { needsOf, refusal } from './permissions';
import { openStage } from './runs/stage';
import { startRehearsal } from './server';

/** US dollars. The notebook beyond one machine has several endpoints, each priced at the size it may grow to. */
const budgets = { workshop: '2', scale: '10' };

/** The last line of the output, as JSON. */
interface Outcome {
  /** Code cells that ran. */
  cells: number;
  errors: number;
  /** Resources that still run or that the notebook should have deleted. */
  left: string[];
  /** The permissions that the notebook used, if REHEARSAL_DENIED is empty; denied.ts asks for them. */
  actions?: string[];
}

async function rehearse(): Promise<Outcome> {
  const notebook = chooseNotebook(process.argv[2]);
  if (!hasMoto()) {
    console.log('Installing moto, which stands in for AWS, into .services/ (once, about a minute) …');
  }
  await ensureMoto();
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-'));
  const moto = await startMoto();
  const image = process.env.REHEARSAL_IMAGE;
  const stage = openStage(moto.url, folder, (command) => programOf(command, image));
  const isStrict = process.env.REHEARSAL_ORGANISATION === 'strict';
  const defaults = join(folder, 'defaults.json');
  await writeFile(defaults, JSON.stringify(demandedOptions));
  const actions = new Set<string>();
  const denied = process.env.REHEARSAL_DENIED;
  let hasEnded = false;
  const rehearsal = await startRehearsal(moto.url, stage, {
    authorize(asked) {
      if (denied !== undefined && !hasEnded) {
        const needs = needsOf(asked, rehearsal.account);
        for (const { action } of needs) actions.add(action);
        const lacking = needs.find(({ action }) => action === denied);
        if (lacking) return refusal(lacking);
      }
      return isStrict ? authorizeInOrganisation(asked) : undefined;
    },
  });
  const work = async () => {
    await createRole(moto.url);
    for (const name of Object.keys(process.env).filter(leadsElsewhere)) delete process.env[name];
    Object.assign(process.env, rehearsalEnvironment(rehearsal.url), {
      SESSION: 'aws',
      ...(isStrict && { WORKSHOP_DEFAULTS: defaults }),
      BUDGET_USD: notebook === workshopNotebook ? budgets.workshop : budgets.scale,
      IMAGE_URI: await recordImage(moto.url),
      LEDGER: join(folder, 'ledger.jsonl'),
      HEADLINES: process.env.HEADLINES || syntheticName,
    });
    console.log(
      `No image is pushed: ECR has only a record of one. Jobs and endpoints run ${image ?? 'container/train and container/serve'}.`,
    );
    const cells = await run(notebook, join(outputFolder, 'rehearsal'));
    hasEnded = true;
    const left = await listLeft(rehearsal.url);
    return { ...cells, left, ...(denied === '' && { actions: [...actions] }) };
  };
  return await withCleanUp(work, async () => {
    await rehearsal.close();
    moto.stop();
    await rm(folder, { recursive: true, force: true });
  });
}

/** Returns a program that starts a Docker container if an image is named, else a process. */
function programOf(command: 'train' | 'serve', image: string | undefined): Program {
  if (!image) return { script: join(projectFolder, 'container', command) };
  return {
    script: join(__dirname, '..', 'session', 'docker', 'program.js'),
    args: [JSON.stringify({ command, image })],
  };
}

async function run(notebook: string, folder: string): Promise<{ cells: number; errors: number }> {
  let cells = 0;
  const print = (line: string) => {
    cells += 1;
    console.log(line);
  };
  try {
    const { ipynb } = await runNotebook(notebook, { folder, print });
    const executed = JSON.parse(await readFile(ipynb, 'utf8')) as Notebook;
    return { cells, errors: executed.cells.filter(hasError).length };
  } catch (error) {
    console.error(describeError(error));
    return { cells, errors: 1 };
  }
}

/** Returns whether the cell failed: tslab writes errors to stderr. */
function hasError({ outputs = [] }: Notebook['cells'][number]): boolean {
  return outputs.some(({ name, output_type }) => name === 'stderr' || output_type === 'error');
}

rehearse().then(
  (outcome) => {
    console.log(JSON.stringify(outcome));
    process.exit(outcome.errors === 0 && outcome.left.length === 0 ? 0 : 1);
  },
  (error) => {
    console.error(describeError(error));
    process.exit(1);
  },
);
