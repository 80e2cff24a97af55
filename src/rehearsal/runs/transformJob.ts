// A batch transform job, as SageMaker does it: each instance serves the model, takes its share of the objects, splits them
// by lines and joins each record with its prediction.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withCleanUp } from '../../platform/errors';
import { briefSeconds, fetchWithin, invocationSeconds } from '../../platform/fetchWithin';
import { startEndpoint } from '../../session/local/endpoint';
import type { Clock } from './clock';
import type { LogWriter, Stage } from './stage';

/** The part of a CreateTransformJob request that affects the run. */
export interface TransformJobRequest {
  TransformJobName: string;
  ModelName: string;
  TransformInput: {
    ContentType: string;
    DataSource: { S3DataSource: { S3DataType: string; S3Uri: string } };
  };
  TransformOutput: { S3OutputPath: string; Accept: string };
  TransformResources: { InstanceCount: number };
  DataProcessing: { InputFilter?: string };
}

/** The part of a DescribeTransformJob response that changes during the run. */
interface TransformState {
  TransformJobStatus: 'InProgress' | 'Completed' | 'Failed' | 'Stopping' | 'Stopped';
  FailureReason?: string;
  CreationTime: number;
  TransformStartTime?: number;
  TransformEndTime?: number;
}

export interface RehearsedTransform {
  readonly request: TransformJobRequest;
  readonly state: TransformState;
  stop(): void;
  /** Resolves when the job has ended. */
  readonly ended: Promise<void>;
}

/**
 * Starts a transform job.
 * @param options.losesInstance whether the job loses its last instance after one object
 */
export function rehearseTransform(
  stage: Stage,
  { request, modelDataUrl }: { request: TransformJobRequest; modelDataUrl: string },
  options: { clock: Clock; stepSeconds: number; losesInstance: (job: string) => boolean },
): RehearsedTransform {
  const { TransformJobName: name, TransformResources } = request;
  const state: TransformState = { TransformJobStatus: 'InProgress', CreationTime: options.clock.now() };
  const folder = join(stage.folder, 'transforms', `${name}-${Date.now()}`);
  let isStopped = false;

  async function perform(): Promise<void> {
    await options.clock.sleep(options.stepSeconds);
    const keys = await listKeys(stage, request);
    state.TransformStartTime = options.clock.now();
    const log = await stage.openLog('/aws/sagemaker/TransformJobs', `${name}/i-0/data-log`);
    const count = TransformResources.InstanceCount;
    const machines = Array.from({ length: count }, (_, machine) =>
      doShare(
        stage,
        keys.filter((_, index) => index % count === machine),
        {
          ...{ request, modelDataUrl, log },
          folder: join(folder, `${machine}`),
          isLost: machine === count - 1 && options.losesInstance(name),
          isStopped: () => isStopped,
        },
      ),
    );
    const results = await Promise.allSettled(machines);
    await log.flush();
    await rm(folder, { recursive: true, force: true });
    const failure = results.find((result) => result.status === 'rejected');
    if (isStopped) return end('Stopped');
    if (!failure) return end('Completed');
    state.FailureReason = (failure.reason as Error).message;
    end('Failed');
  }

  function end(status: 'Completed' | 'Failed' | 'Stopped'): void {
    state.TransformEndTime = options.clock.now();
    state.TransformJobStatus = status;
  }

  const ended = perform().catch((error: Error) => {
    state.FailureReason = `InternalServerError: ${error.message}`;
    end('Failed');
  });
  return {
    request,
    state,
    ended,
    stop() {
      if (state.TransformJobStatus !== 'InProgress') return;
      isStopped = true;
      state.TransformJobStatus = 'Stopping';
    },
  };
}

interface Share {
  request: TransformJobRequest;
  modelDataUrl: string;
  log: LogWriter;
  folder: string;
  /** Whether the instance is lost after one object. */
  isLost: boolean;
  isStopped(): boolean;
}

/** Does one instance's share. An object with an invalid record has no output and fails the job at the end. */
async function doShare(stage: Stage, parts: readonly Part[], share: Share): Promise<void> {
  const { request, modelDataUrl, log, folder, isLost, isStopped } = share;
  const artifact = join(folder, 'artifact');
  await stage.unpack(modelDataUrl, artifact);
  const program = stage.program('serve');
  const environment = { ...program.environment, SAGEMAKER_BATCH: 'true' };
  const server = await startEndpoint(join(folder, request.TransformJobName), artifact, {
    ...program,
    environment,
  });
  let failure: Error | undefined;
  const answerAll = async () => {
    for (const [index, { uri, path }] of parts.entries()) {
      if (isStopped()) return;
      if (isLost && index === 1) {
        throw new Error('InternalServerError: We encountered an internal error. Please try again.');
      }
      try {
        const joined = await transform(server.url, await stage.read(uri), request);
        await stage.write(`${request.TransformOutput.S3OutputPath}/${path}.out`, joined);
      } catch (error) {
        for (const line of ['Message:', (error as Error).message]) {
          log.write(`[sagemaker logs]: ${uri.replace('s3://', '')}: ${line}`);
        }
        failure = new Error('ClientError: See job logs for more information');
      }
    }
  };
  await withCleanUp(answerAll, () => server.delete());
  if (failure) throw failure;
}

/** An object and its path below the prefix. */
interface Part {
  uri: string;
  path: string;
}

async function listKeys(stage: Stage, { TransformInput }: TransformJobRequest): Promise<Part[]> {
  const { S3DataType, S3Uri } = TransformInput.DataSource.S3DataSource;
  if (S3DataType === 'S3Prefix') {
    return (await stage.list(S3Uri)).map((uri) => ({ uri, path: uri.slice(S3Uri.length) }));
  }
  const [{ prefix }, ...paths] = JSON.parse(await stage.read(S3Uri)) as [{ prefix: string }, ...string[]];
  return paths.map((path) => ({ uri: prefix + path, path }));
}

/** Sends the records in requests of the size the container allows, one at a time. Rejects with the container's message. */
async function transform(url: string, text: string, request: TransformJobRequest): Promise<string> {
  const { ContentType } = request.TransformInput;
  const parameters = (await (await fetchWithin(briefSeconds, `${url}/execution-parameters`)).json()) as {
    MaxPayloadInMB: number;
  };
  const most = parameters.MaxPayloadInMB * 2 ** 20;
  const joined: string[] = [];
  for (const records of split(text.replace(/\n$/, '').split('\n'), most)) {
    const response = await fetchWithin(invocationSeconds, `${url}/invocations`, {
      method: 'POST',
      headers: { 'content-type': ContentType, accept: request.TransformOutput.Accept },
      body: records.map((record) => filter(record, request)).join('\n'),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`ClientError: ${response.status} ${answer}`);
    const answers = answer.replace(/\n$/, '').split('\n');
    if (answers.length !== records.length) {
      throw new Error(`ClientError: ${records.length} records have ${answers.length} predictions`);
    }
    for (const [index, record] of records.entries()) {
      joined.push(joinOne(record, answers[index] as string, ContentType));
    }
  }
  return `${joined.join('\n')}\n`;
}

function* split(records: readonly string[], most: number): Generator<string[]> {
  let batch: string[] = [];
  let bytes = 0;
  for (const record of records) {
    const more = Buffer.byteLength(record) + 1;
    if (batch.length > 0 && bytes + more > most) {
      yield batch;
      [batch, bytes] = [[], 0];
    }
    batch.push(record);
    bytes += more;
  }
  yield batch;
}

/** Applies an input filter that selects one CSV column; columns must not contain commas. */
function filter(record: string, { DataProcessing: { InputFilter = '$' } }: TransformJobRequest): string {
  const column = /^\$\[(\d+)\]$/.exec(InputFilter)?.[1];
  return column === undefined ? record : (record.split(',')[Number(column)] as string);
}

function joinOne(record: string, answer: string, type: string): string {
  if (type === 'text/csv') return `${record},${answer}`;
  const input: unknown = JSON.parse(record);
  const SageMakerOutput: unknown = JSON.parse(answer);
  const isObject = typeof input === 'object' && input !== null && !Array.isArray(input);
  return JSON.stringify(
    isObject ? { SageMakerOutput, ...input } : { SageMakerInput: input, SageMakerOutput },
  );
}
