// The contestants of the serving benchmark: how each is started, and that it predicts what it should.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Classifier, Prediction } from '../../model/training/classifier';
import { UserError } from '../../platform/errors';
import { fetchWithin, invocationSeconds } from '../../platform/fetchWithin';
import { projectFolder } from '../../platform/paths';
import { peerFile } from '../common/peers';
import { headlinesPerBatch, type ServingData } from './data';
import type { RunningServer, ServerCommand } from './serverProcess';
import { names } from './table';

export interface ServingContestant extends ServerCommand {
  readonly name: string;
  /** Requests open at a time: as many as it takes to keep it busy. */
  readonly connections: number;
  /** Throws a {@link UserError} if its predictions are not what they should be. */
  check(server: RunningServer): Promise<void>;
}

export const busyNode = 64;
const busyPython = 8;
/** Of a model trained on the rows themselves. */
const leastAgreement = 0.8;

export function createContestants({ rows, classifier, classic, python, paths }: ServingData) {
  const titles = rows.slice(0, 50).map(({ title }) => title);
  /** Keras' tokens are those of the workshop where quotation marks and the like play no part. */
  const plain = titles.filter((title) => /^[\w ]+$/.test(title)).slice(0, 5);
  const answer = JSON.stringify({ ...classifier.predict(titles.slice(0, 1))[0], model: classifier.model });
  const ours: ServingContestant = {
    name: names.ours,
    command: () => [process.execPath, join(projectFolder, 'container', 'serve')],
    environment: (port) => ({
      SAGEMAKER_BASE_DIR: paths.base,
      SAGEMAKER_BIND_TO_PORT: String(port),
      BIND_ADDRESS: '127.0.0.1',
    }),
    connections: busyNode,
    check: (server) => compareWith(classifier, server, titles, 1e-6),
  };
  const bare: ServingContestant = {
    name: names.bare,
    command: (port) => [process.execPath, join(__dirname, 'bareServer.js'), String(port), answer],
    connections: busyNode,
    check: async (server) => {
      const got = JSON.stringify(await ask(server, titles[0] as string));
      if (got !== answer) throw new UserError(`The smallest server answers ${got} instead of ${answer}.`);
    },
  };
  const keras = (name: string, environment: Readonly<Record<string, string>>): ServingContestant => ({
    name,
    command: (port) => [
      ...[python, '-m', 'gunicorn', `--bind=127.0.0.1:${port}`, '--workers=1', '--timeout=120'],
      ...[`--chdir=${peerFile('image', '')}`, '--log-level=error', 'program:create_app()'],
    ],
    environment: () => ({ MODEL: paths.classic, ...environment }),
    connections: busyPython,
    check: (server) => compareWith(classic, server, plain, 1e-4),
  });
  const reloading = keras(names.reloading, { RELOADS: '1' });
  const keeping = keras(names.keeping, {});
  const linear: ServingContestant = {
    name: names.linear,
    command: (port) => [
      ...[python, '-m', 'uvicorn', '--host=127.0.0.1', `--port=${port}`, '--workers=1'],
      ...[`--app-dir=${peerFile('serving', '')}`, '--log-level=error', 'linear:app'],
    ],
    environment: () => ({ MODEL: paths.linear }),
    connections: busyPython,
    check: async (server) => {
      const predictions = await Promise.all(titles.map((title) => ask(server, title)));
      demandAgreement(
        'scikit-learn',
        predictions.map(({ result }) => result),
        rows,
      );
    },
  };
  return { ours, bare, reloading, keeping, linear };
}

/** Headlines a second that fastText predicts in batches, in a process of its own. */
export async function runFastText({ python, paths, rows }: ServingData, seconds: number): Promise<number> {
  const program = peerFile('serving', 'fasttext_batches.py');
  const parameters = [program, 'predict', paths.titles, paths.fastText, String(seconds)];
  const { stdout } = await promisify(execFile)(python, parameters, { maxBuffer: 1e7 });
  const { 'headlines a second': speed, labels } = JSON.parse(stdout);
  if (labels.length !== headlinesPerBatch) throw new UserError(`fastText gave ${labels.length} labels.`);
  demandAgreement('fastText', labels, rows);
  return speed;
}

async function compareWith(
  { predict }: Classifier,
  server: RunningServer,
  titles: readonly string[],
  tolerance: number,
): Promise<void> {
  const expected = predict(titles);
  for (const [index, title] of titles.entries()) {
    const [got, wanted] = [(await ask(server, title)).probabilities, expected[index]?.probabilities ?? {}];
    const isSame = Object.entries(wanted).every(
      ([label, probability]) => Math.abs((got[label] ?? 2) - probability) < tolerance,
    );
    if (!isSame) throw new UserError(`${server.url} answers ${JSON.stringify([got, wanted])}.`);
  }
}

async function ask({ url }: RunningServer, title: string): Promise<Prediction> {
  const response = await fetchWithin(invocationSeconds, `${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input: title }),
  });
  if (!response.ok) throw new UserError(`${url} answers ${response.status}: ${await response.text()}`);
  return (await response.json()) as Prediction;
}

function demandAgreement(name: string, results: readonly string[], rows: ServingData['rows']): void {
  const right = results.filter((result, index) => result === rows[index]?.label).length;
  if (right / results.length >= leastAgreement) return;
  throw new UserError(`${name} labels ${right} of ${results.length} headlines as its own training does.`);
}
