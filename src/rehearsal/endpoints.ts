// Endpoints of the rehearsal: what moto calls in service at once, and answers with canned words, is served here by
// container/serve.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Endpoint } from '../session/contract/session';
import { startEndpoint } from '../session/local/endpoint';
import { readLog } from '../session/local/record';
import type { Stage } from './stage';

/** What DescribeEndpoint tells of it beside moto's answer. */
export interface EndpointState {
  EndpointStatus: 'Creating' | 'InService' | 'Updating' | 'Failed' | 'Deleting';
  EndpointConfigName: string;
  PendingDeploymentSummary?: { EndpointConfigName: string } | undefined;
  FailureReason?: string;
  /** How many machines it has; here, processes of one. */
  instances: number;
}

/** An endpoint configuration, as far as it decides what is served. */
export interface Served {
  configuration: string;
  modelDataUrl: string;
}

export interface RehearsedEndpoint {
  readonly state: EndpointState;
  /** Where the container answers, once it is in service. */
  url(): string | undefined;
  /** Goes over to another configuration; where its container does not become healthy, it stays with the one it has. */
  update(next: Served, keepsInstances: boolean): void;
  /** Takes as many machines as lie within the bounds; where that changes their number, it is updating meanwhile. */
  scale(from: number, to: number): void;
  /** Ends it; resolves when it has gone. */
  delete(): Promise<void>;
}

const failureReason =
  'The primary container for production variant AllTraffic did not pass the ping health check. Please check ' +
  'CloudWatch logs for this endpoint.';

export function rehearseEndpoint(
  stage: Stage,
  name: string,
  first: Served,
  stepSeconds: number,
): RehearsedEndpoint {
  const state: EndpointState = {
    EndpointStatus: 'Creating',
    EndpointConfigName: first.configuration,
    instances: 1,
  };
  const parent = join(stage.folder, 'endpoints', `${name}-${Date.now()}`);
  let endpoint: Endpoint | undefined;

  /** Rejects, with the container's log in CloudWatch, where it does not become healthy. */
  async function serve({ configuration, modelDataUrl }: Served): Promise<Endpoint> {
    const folder = join(parent, configuration);
    await sleep(1000 * stepSeconds);
    try {
      await stage.unpack(modelDataUrl, join(folder, 'artifact'));
      return await startEndpoint(join(folder, name), join(folder, 'artifact'), stage.program('serve'));
    } catch (error) {
      await writeLog(join(folder, name));
      throw error;
    }
  }

  async function writeLog(folder: string): Promise<void> {
    const group = `/aws/sagemaker/Endpoints/${name}`;
    const log = await stage.openLog(group, `AllTraffic/i-${Date.now().toString(16)}`);
    for (const line of (await readLog(folder)).split('\n')) log.write(line);
    await log.flush();
  }

  async function goOver(next: Served): Promise<void> {
    try {
      const successor = await serve(next);
      const { instances } = state;
      if (instances > 1) await successor.scale({ from: instances, to: instances });
      await endpoint?.delete();
      endpoint = successor;
      state.EndpointConfigName = next.configuration;
    } catch {
      state.FailureReason = failureReason;
    }
    state.PendingDeploymentSummary = undefined;
    state.EndpointStatus = endpoint ? 'InService' : 'Failed';
  }

  let working = goOver(first);
  return {
    state,
    url: () => endpoint?.url,
    update(next, keepsInstances) {
      if (!keepsInstances) state.instances = 1;
      state.EndpointStatus = 'Updating';
      state.PendingDeploymentSummary = { EndpointConfigName: next.configuration };
      delete state.FailureReason;
      working = goOver(next);
    },
    scale(from, to) {
      const instances = Math.min(to, Math.max(from, state.instances));
      if (instances === state.instances) return;
      state.EndpointStatus = 'Updating';
      working = sleep(1000 * stepSeconds).then(async () => {
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
