// Endpoints of the rehearsal: what moto calls in service at once, and answers with canned words, is served here by
// container/serve.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startEndpoint } from './localEndpoint';
import { readLog } from './localRecord';
import type { Stage } from './rehearsalStage';
import type { Endpoint } from './session';

/** What DescribeEndpoint tells of it beside moto's answer. */
export interface EndpointState {
  EndpointStatus: 'Creating' | 'InService' | 'Failed' | 'Deleting';
  FailureReason?: string;
}

export interface RehearsedEndpoint {
  readonly state: EndpointState;
  /** Where the container answers, once it is in service. */
  url(): string | undefined;
  /** Ends it; resolves when it has gone. */
  delete(): Promise<void>;
}

export function rehearseEndpoint(
  stage: Stage,
  { name, modelDataUrl }: { name: string; modelDataUrl: string },
  stepSeconds: number,
): RehearsedEndpoint {
  const state: EndpointState = { EndpointStatus: 'Creating' };
  const parent = join(stage.folder, 'endpoints', `${name}-${Date.now()}`);
  let endpoint: Endpoint | undefined;

  async function perform(): Promise<void> {
    await sleep(1000 * stepSeconds);
    const artifact = join(parent, 'artifact');
    await stage.unpack(modelDataUrl, artifact);
    endpoint = await startEndpoint(join(parent, name), artifact, stage.program('serve'));
    state.EndpointStatus = 'InService';
  }

  const started = perform().catch(async () => {
    const log = await stage.openLog(
      `/aws/sagemaker/Endpoints/${name}`,
      `AllTraffic/i-${Date.now().toString(16)}`,
    );
    for (const line of (await readLog(join(parent, name))).split('\n')) log.write(line);
    await log.flush();
    state.FailureReason =
      'The primary container for production variant AllTraffic did not pass the ping health check. Please check ' +
      'CloudWatch logs for this endpoint.';
    state.EndpointStatus = 'Failed';
  });

  return {
    state,
    url: () => endpoint?.url,
    async delete() {
      state.EndpointStatus = 'Deleting';
      await started;
      state.EndpointStatus = 'Deleting';
      await endpoint?.delete();
      await rm(parent, { recursive: true, force: true });
    },
  };
}
