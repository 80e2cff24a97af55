// Child process of a batch transform: starts the server, sends it every unfinished part, and ends it. Writes its progress to
// one file of its folder, and the reason of a failure to another.
import { mkdirSync, readFileSync } from 'node:fs';
import { describeError } from '../../platform/errors';
import { writeWholeSync } from '../../platform/files';
import type { TransformProgress } from '../contract/session';
import type { Program } from './record';
import { fileOf } from './transformFolder';
import { runTransform, type TransformRun } from './transformRun';
import { type BatchServer, startBatchServer } from './transformServer';

/** Contents of the folder's request file. */
export interface TransformTask extends TransformRun {
  modelArtifact: string;
  program: Program;
}

/** Time between two writes of the progress. */
const tellMilliseconds = 200;

async function main(folder: string): Promise<void> {
  const task = JSON.parse(readFileSync(fileOf(folder, 'request'), 'utf8')) as TransformTask;
  const say = (line: string) => console.log(line);
  let server: BatchServer | undefined;
  let isStopped = false;
  process.on('SIGTERM', async () => {
    if (isStopped) return;
    isStopped = true;
    try {
      await server?.close();
    } finally {
      process.exit(0);
    }
  });
  const told = createTeller(folder);
  try {
    mkdirSync(task.output, { recursive: true });
    server = await startBatchServer(folder, task.modelArtifact, task.program, say);
    say(`Serving: ${server.concurrency} requests at a time, of at most ${server.bytes} bytes`);
    await runTransform(task, server, { onProgress: told.onProgress, say });
    await server.close();
  } catch (error) {
    if (isStopped) return;
    process.exitCode = 1;
    console.error(describeError(error));
    // Before the server closes, which may fail, too.
    writeWholeSync(fileOf(folder, 'failure'), describeError(error));
    await server?.close();
  } finally {
    told.last();
  }
}

function createTeller(folder: string) {
  let latest: TransformProgress | undefined;
  let toldAt = 0;
  const last = () => {
    if (latest) writeWholeSync(fileOf(folder, 'progress'), JSON.stringify(latest));
  };
  return {
    last,
    onProgress(progress: TransformProgress) {
      latest = progress;
      if (performance.now() - toldAt < tellMilliseconds) return;
      toldAt = performance.now();
      last();
    },
  };
}

void main(process.env.SAGEMAKER_BASE_DIR ?? '');
