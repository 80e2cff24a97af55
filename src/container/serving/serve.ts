// The program of `container/serve`: loads the model artifact once, answers until SIGTERM, then drains. With several
// workers, each runs this program, and the first process only keeps them running.
import cluster from 'node:cluster';
import { loadArtifact } from '../../model/artifact';
import { baseDirectory } from '../../platform/baseDirectory';
import { describeError, UserError } from '../../platform/errors';
import { tellListening } from '../../platform/listening';
import { payloadMegabytes } from './http/sizeLimits';
import { createServingLog } from './log';
import { openLogOutput } from './logOutput';
import { createServingMetrics } from './metrics';
import { createServer, type Server } from './server';
import { readServingSettings, type ServingSettings } from './settings';
import { checkProbabilities, warmUp } from './warmUp';
import { isServing, keepWorkers } from './workers';

/** Serves as the container of a SageMaker endpoint. Ends the process with exit code 1 if it cannot. */
export async function main(): Promise<void> {
  try {
    const settings = readServingSettings();
    if (cluster.isPrimary && settings.workers > 1) {
      keepWorkers(settings.workers, createServingLog(settings.log, openLogOutput(1)).info);
    } else await serve(settings);
  } catch (error) {
    console.error(describeError(error));
    process.exit(1);
  }
}

async function serve(settings: ServingSettings): Promise<void> {
  const { maxPayloadBytes, deadlineSeconds, workers, isBatch } = settings;
  const output = openLogOutput(1);
  const log = createServingLog(settings.log, output);
  const metrics = settings.hasMetrics ? createServingMetrics(() => server.waiting()) : undefined;
  const server = createServer({
    maxPayloadBytes,
    deadlineSeconds,
    concurrency: (isBatch ? 2 : 4) * workers,
    ...(isBatch && {
      batchMegabytes: payloadMegabytes,
      waitSeconds: deadlineSeconds,
      closesEach: workers > 1,
    }),
    keepsTitles: settings.log === 'headlines',
    onAnswered(answered) {
      log.invocation(answered);
      metrics?.invocation(answered);
    },
    onError: log.error,
    ...(metrics && { metrics }),
  });
  // Not `once`: a second signal must not end the process while it drains.
  process.on('SIGTERM', async () => {
    const cut = await server.close();
    log.info(cut === 0 ? 'The server has ended.' : `The server has ended. Connections cut off: ${cut}.`);
    await output.flush();
    process.exit(0);
  });
  // By default these would suspend the process, and with it every request. They mean something to keepWorkers() only.
  for (const signal of ['SIGTTIN', 'SIGTTOU'] as const) process.on(signal, () => {});
  // A single process answers 503 while it loads. A worker listens only when it can answer: until then, others do.
  if (cluster.isPrimary) log.info(`Listening on ${await listen(server, settings)}`);
  const classifier = await loadArtifact(baseDirectory().model);
  checkProbabilities(classifier);
  server.use(classifier);
  if (cluster.isWorker) log.info(`Listening on ${await listen(server, settings)}`);
  log.info('The model is loaded.');
  // From now on an error, even an unhandled rejection, costs one answer at most.
  process.on('uncaughtException', log.error);
  isServing();
  await warmUp(classifier).catch(log.error);
}

async function listen(server: Server, { host, port }: ServingSettings): Promise<string> {
  try {
    const address = await server.listen({ port, host });
    tellListening();
    return address;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new UserError(
      `Port ${port} is in use. End the other program, or set SAGEMAKER_BIND_TO_PORT to a free port.`,
      { cause: error },
    );
  }
}
