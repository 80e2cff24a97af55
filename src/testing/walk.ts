// Every verb that starts something on AWS, in parts of one walk. Each needs only the members of AwsWalk. Used by tests only.
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Channel, Session } from '../session/contract/session';

export interface AwsWalk {
  readonly session: Session;
  readonly channels: readonly Channel[];
  /** The URI of a trained model's artifact. */
  readonly modelArtifact: string;
  /** For files to upload. */
  readonly folder: string;
}

const hyperparameters = { epochs: 1 };
/** More than the stand-in's clock skips while all parts are taken many times. */
const hours = 100;

/** In the order of the notebooks. `cleanUp()` ends what a part does not delete itself. */
export const walkParts: Readonly<Record<string, (walk: AwsWalk) => Promise<unknown>>> = {
  async train({ session, channels }) {
    const job = await session.train({ channels, hyperparameters, keepAlive: 60, again: true });
    await job.wait();
  },
  async stop({ session, channels }) {
    const long = { architecture: 'mlp', epochs: 1000, batch_size: 4 } as const;
    const job = await session.train({ channels, hyperparameters: long, again: true });
    await job.delete();
  },
  async tune({ session, channels }) {
    const ranges = { batch_size: [8, 16] };
    const job = await session.tune({ channels, trials: 1, hyperparameters, ranges, again: true });
    await job.wait();
    await job.delete();
  },
  async deploy({ session, modelArtifact }) {
    const endpoint = await session.deploy(modelArtifact, { hours, alarms: {}, logDays: 7, again: true });
    await endpoint.predict('bank profit');
    await endpoint.extend(hours);
    await endpoint.scale({ to: 2 });
    await endpoint.update(modelArtifact, {});
    await endpoint.delete();
  },
  async register({ session, modelArtifact }) {
    const registered = await session.register(modelArtifact, { group: `news-${randomUUID()}` });
    await registered.approve();
    await session.deploy(registered, { hours, again: true });
    await registered.delete();
  },
  async transform({ session, modelArtifact, folder }) {
    const parts = join(folder, 'parts');
    await mkdir(parts, { recursive: true });
    // Another file each time, which is uploaded.
    await writeFile(join(parts, 'one.csv'), `bank profit ${randomUUID()}\n`);
    const input = await session.upload(parts, 'parts');
    const job = await session.transform({ input, modelArtifact });
    await job.wait();
  },
  async look({ session, modelArtifact }) {
    const endpoint = await session.deploy(modelArtifact, { hours, again: true });
    await session.preflight();
    await session.whatIsRunning();
    await session.lineage((await endpoint.predict('bank profit')).model ?? '');
    await session.attachEndpoint(endpoint.name);
  },
};
