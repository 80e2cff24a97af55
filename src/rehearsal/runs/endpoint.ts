// An endpoint: container/serve behind SageMaker's statuses.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Endpoint } from '../../session/contract/session';
import { startEndpoint } from '../../session/local/endpoint';
import { createLogReader } from '../../session/local/logReader';
import { logOf } from '../../session/local/record';
import type { Clock } from './clock';
import type { Stage } from './stage';

/** The content of a DescribeEndpoint response, apart from name and ARN. */
export interface EndpointState {
  EndpointStatus: 'Creating' | 'InService' | 'Updating' | 'RollingBack' | 'Failed' | 'Deleting';
  EndpointConfigName: string;
  PendingDeploymentSummary?: { EndpointConfigName: string } | undefined;
  FailureReason?: string;
  /** Number of instances; here, of processes. */
  instances: number;
  /** Names of the production variants. */
  variants: string[];
  CreationTime: number;
  LastModifiedTime: number;
}

/** The part of an endpoint configuration that affects what is served. */
export interface Served {
  configuration: string;
  variants: string[];
  modelDataUrl: string;
}

/** What takes an update back. */
export interface Guard {
  /** Seconds before all requests go to the new container, and after. */
  waits: readonly [before: number, after: number];
  /** Returns the name of an alarm that has gone off. */
  tripped(): string | undefined;
}

export interface RehearsedEndpoint {
  readonly state: EndpointState;
  /** The container's address, once the endpoint is in service. */
  url(): string | undefined;
  /** Switches to another configuration; keeps the current one if the new container is not healthy or its guard goes off. */
  update(next: Served, options: { keepsInstances: boolean; guard?: Guard | undefined }): void;
  /** Brings the number of instances within the bounds. The endpoint is Updating while that number changes. */
  scale(from: number, to: number): void;
  /** Deletes the endpoint; resolves when its process has ended. */
  delete(): Promise<void>;
}

const failureReason =
  'The primary container for production variant AllTraffic did not pass the ping health check. Please check ' +
  'CloudWatch logs for this endpoint.';

/**
 * Creates an endpoint.
 * @param options.stepSeconds shortest time of each change
 */
export function rehearseEndpoint(
  stage: Stage,
  { name, served: first }: { name: string; served: Served },
  { clock, stepSeconds }: { clock: Clock; stepSeconds: number },
): RehearsedEndpoint {
  const state: EndpointState = {
    EndpointStatus: 'Creating',
    EndpointConfigName: first.configuration,
    instances: 1,
    variants: first.variants,
    CreationTime: clock.now(),
    LastModifiedTime: clock.now(),
  };
  const parent = join(stage.folder, 'endpoints', `${name}-${Date.now()}`);
  let endpoint: Endpoint | undefined;

  async function switchTo(next: Served, guard?: Guard): Promise<void> {
    try {
      await clock.sleep(stepSeconds);
      const successor = await serve(stage, { name, parent }, next);
      const { instances } = state;
      if (instances > 1) await successor.scale({ from: instances, to: instances });
      const old = endpoint;
      const tripped = guard && (await watch(guard, () => (endpoint = successor)));
      if (tripped) {
        state.EndpointStatus = 'RollingBack';
        await clock.sleep(stepSeconds);
        endpoint = old;
        await successor.delete();
        state.FailureReason = `The deployment was rolled back: the alarm ${tripped} is in the state ALARM.`;
      } else {
        endpoint = successor;
        await old?.delete();
        state.EndpointConfigName = next.configuration;
        state.variants = next.variants;
      }
    } catch {
      state.FailureReason = failureReason;
    }
    state.PendingDeploymentSummary = undefined;
    state.LastModifiedTime = clock.now();
    state.EndpointStatus = endpoint ? 'InService' : 'Failed';
  }

  /** Returns the alarm that went off, if one did while requests moved or after. */
  async function watch({ waits, tripped }: Guard, move: () => unknown): Promise<string | undefined> {
    await clock.sleep(waits[0]);
    const early = waits[0] > 0 ? tripped() : undefined;
    if (early) return early;
    move();
    await clock.sleep(waits[1]);
    return tripped();
  }

  let working = switchTo(first);
  return {
    state,
    url: () => endpoint?.url,
    update(next, { keepsInstances, guard }) {
      if (!keepsInstances) state.instances = 1;
      state.EndpointStatus = 'Updating';
      state.PendingDeploymentSummary = { EndpointConfigName: next.configuration };
      delete state.FailureReason;
      working = switchTo(next, guard);
    },
    scale(from, to) {
      const instances = Math.min(to, Math.max(from, state.instances));
      if (instances === state.instances) return;
      state.EndpointStatus = 'Updating';
      working = clock.sleep(stepSeconds).then(async () => {
        await endpoint?.scale({ from: instances, to: instances });
        Object.assign(state, { instances, EndpointStatus: 'InService' });
      });
    },
    async delete() {
      state.EndpointStatus = 'Deleting';
      await working;
      state.EndpointStatus = 'Deleting';
      await endpoint?.delete();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

/** Starts the container, and writes to CloudWatch what it says until it is healthy or has failed. */
async function serve(
  stage: Stage,
  { name, parent }: { name: string; parent: string },
  { configuration, modelDataUrl }: Served,
): Promise<Endpoint> {
  const folder = join(parent, configuration);
  await stage.unpack(modelDataUrl, join(folder, 'artifact'));
  const log = await stage.openLog(
    `/aws/sagemaker/Endpoints/${name}`,
    `AllTraffic/i-${Date.now().toString(16)}`,
  );
  const lines = createLogReader(logOf(join(folder, name)));
  const copy = async (hasEnded: boolean) => await lines.read((line) => log.write(line), hasEnded);
  const copying = setInterval(() => void copy(false).catch(() => undefined), 100);
  try {
    return await startEndpoint(join(folder, name), join(folder, 'artifact'), stage.program('serve'));
  } finally {
    clearInterval(copying);
    await copy(true);
    await log.flush();
  }
}
