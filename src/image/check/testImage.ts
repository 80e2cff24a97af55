// The image → a report on SageMaker's contract. Each check runs the image as SageMaker does, on this machine. This file
// runs the checks in order; files whose names begin with check contain them.
import type Docker from 'dockerode';
import { liveText } from '../../display/display';
import { whileInterruptible } from '../../display/interruptible';
import { UserError } from '../../platform/errors';
import { explainEngineError, withEngine } from '../engine/engine';
import { lookUpImage, noImage } from '../engine/images';
import { checkEntryPoint, checkPlatform, checkReservedFolder } from './checkImage';
import {
  checkOwnNetwork,
  checkReadOnlyModel,
  checkServingAsOtherUser,
  checkServingOffline,
  checkTrainingAsOtherUser,
  checkTrainingOffline,
} from './checkIsolation';
import {
  checkBadRequests,
  checkGoodRequest,
  checkPing,
  checkPort,
  checkServingStop,
  checkStartUp,
} from './checkServing';
import {
  checkArtifact,
  checkBadData,
  checkBadHyperparameters,
  checkQuotedHyperparameters,
  checkTraining,
  checkTrainingStop,
} from './checkTraining';
import { createFolders, jobFiles } from './folders';
import { type CheckResult, fillIn, type ImageTestOptions, type TestSettings } from './options';
import { Finding, type Subject } from './subject';
import { inTrial } from './trial';

interface Check {
  readonly name: string;
  /** The check that must succeed first. */
  readonly needs?: string;
  /** @default always */
  readonly applies?: (settings: TestSettings) => boolean;
  /** Resolves to an observation; rejects with a `Finding`. */
  readonly run: (subject: Subject) => Promise<string>;
}

const checks: readonly Check[] = [
  { name: 'Platform', run: checkPlatform },
  { name: 'Nothing under /opt/ml', run: checkReservedFolder },
  { name: 'Entry point', needs: 'Platform', run: checkEntryPoint },
  { name: 'Training', needs: 'Entry point', run: checkTraining },
  { name: 'Artifact', needs: 'Training', run: checkArtifact },
  { name: 'Quoted hyperparameters', needs: 'Training', run: checkQuotedHyperparameters },
  { name: 'Bad data', needs: 'Training', run: checkBadData },
  { name: 'Bad hyperparameters', needs: 'Training', run: checkBadHyperparameters },
  { name: 'Training without a network', needs: 'Training', run: checkTrainingOffline },
  { name: 'Training as another user', needs: 'Training', run: checkTrainingAsOtherUser },
  { name: 'SIGTERM while training', needs: 'Training', run: checkTrainingStop },
  { name: 'Start of serving', needs: 'Training', run: checkStartUp },
  { name: 'Good request', needs: 'Start of serving', run: checkGoodRequest },
  { name: 'Bad requests', needs: 'Good request', run: checkBadRequests },
  { name: 'Ping', needs: 'Good request', run: checkPing },
  { name: 'SIGTERM while serving', needs: 'Good request', run: checkServingStop },
  { name: 'SAGEMAKER_BIND_TO_PORT', needs: 'Good request', run: checkPort },
  { name: 'Read-only model folder', needs: 'Good request', run: checkReadOnlyModel },
  { name: 'Serving without a network', needs: 'Good request', run: checkServingOffline },
  {
    name: 'Own network',
    needs: 'Serving without a network',
    applies: ({ networkCode }) => networkCode !== '',
    run: checkOwnNetwork,
  },
  { name: 'Serving as another user', needs: 'Read-only model folder', run: checkServingAsOtherUser },
];

/**
 * Tests an image as SageMaker will run it: this project's image or, with options, any other that follows the contract.
 * Returns a row for each check and shows the rows so far under the cell. Interrupting the cell ends the test and skips
 * the remaining checks. Removes everything it created.
 * @throws `UserError` if the engine or the image is missing
 * @example
 * ```ts docker
 * const report = await workshop.testImage(image);
 * workshop.showTable(report);
 * console.log(report.filter(({ result }) => result === 'failed').length); // 0
 * ```
 */
export async function testImage(
  image: string | { readonly name: string },
  options: ImageTestOptions = {},
): Promise<CheckResult[]> {
  const name = typeof image === 'string' ? image : image.name;
  const { onProgress = showRows() } = options;
  const settings = fillIn(options);
  const { channels, hyperparameters } = settings;
  const interruption = new AbortController();
  const { signal } = interruption;
  const test = (docker: Docker) =>
    inTrial(docker, name, signal, async (trial) => {
      const job = await createFolders(trial, jobFiles(channels, hyperparameters));
      return await runChecks({ ...trial, settings, job, trainingSeconds: 0 }, signal, onProgress);
    });
  return await whileInterruptible(
    () => interruption.abort(),
    () =>
      withEngine(async (docker) => {
        if (!(await lookUpImage(docker, name))) throw noImage(name);
        return await test(docker);
      }),
  );
}

async function runChecks(
  subject: Subject,
  interruption: AbortSignal,
  onProgress: NonNullable<ImageTestOptions['onProgress']>,
): Promise<CheckResult[]> {
  const rows: CheckResult[] = [];
  for (const check of checks.filter(({ applies }) => applies?.(subject.settings) ?? true)) {
    onProgress(rows, check.name);
    rows.push(await runCheck(check, subject, rows, interruption));
  }
  onProgress(rows);
  return rows;
}

async function runCheck(
  { name, needs, run }: Check,
  subject: Subject,
  rows: readonly CheckResult[],
  interruption: AbortSignal,
): Promise<CheckResult> {
  const begun = performance.now();
  const row = (result: CheckResult['result'], detail: string): CheckResult => {
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    return { check: name, result, detail, seconds };
  };
  const isMet = needs === undefined || rows.some(({ check, result }) => check === needs && result === 'ok');
  const interrupted = 'The test was interrupted.';
  if (interruption.aborted) return row('skipped', interrupted);
  if (!isMet) return row('skipped', `It needs ${needs}, which did not succeed.`);
  try {
    return row('ok', await run(subject));
  } catch (error) {
    if (interruption.aborted) return row('skipped', interrupted);
    if (error instanceof Finding) return row(error.result, error.message);
    // The engine rejects a request because of the image; its own faults are rethrown.
    const isRejection = (error as { statusCode?: number }).statusCode !== undefined;
    if (!isRejection || explainEngineError(error) instanceof UserError) throw error;
    return row('failed', `The engine rejected it: ${(error as Error).message}`);
  }
}

/** Shows the rows under the cell while the test runs. */
function showRows(): (rows: readonly CheckResult[], check?: string) => void {
  const write = liveText();
  return (rows, check) => {
    const lines = rows.map(
      ({ check, result, seconds }) => `${result.padEnd(7)} ${seconds.toFixed(1).padStart(5)} s  ${check}`,
    );
    write([...lines, ...(check === undefined ? [] : [`…                ${check}`])].join('\n'));
  };
}
