// The contract of every session: one walk through all its methods, run over each adapter by that adapter's test file. Tiny
// invented rows; a training job takes about a second. CONTRACT=transform runs the parts whose name contains that word.
import assert from 'node:assert/strict';
import { cp, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Session } from '../session/contract/session';
import { testCleanUp } from './contract/cleanUp';
import { testEndpoints, testInvalidArtifacts } from './contract/endpoints';
import { testNetwork } from './contract/network';
import { testRegistry } from './contract/registry';
import { testTraining } from './contract/training';
import { testFailure, testRejections, testStop } from './contract/trainingFailures';
import { testTransform } from './contract/transform';
import { testTuning, testTuningFaults } from './contract/tuning';
import { testUpload } from './contract/upload';
import type { Walk } from './contract/walk';
import { temporaryFolder } from './folders';

interface ContractOptions {
  /** Makes a damaged copy of a model artifact below `folder` and returns its path. @default copies a local folder */
  damage?: (modelArtifact: string, folder: string) => Promise<string>;
  /** Copies a model artifact into a folder below `folder`. @default returns it as it is */
  fetch?: (modelArtifact: string, folder: string) => Promise<string>;
}

/** The parts, in their order. Each runs without the others. */
const parts: Readonly<Record<string, (t: TestContext, walk: Walk) => Promise<void>>> = {
  preflight: testPreflight,
  training: testTraining,
  refusals: testRejections,
  failures: testFailure,
  stopping: testStop,
  endpoints: testEndpoints,
  artifacts: testInvalidArtifacts,
  registry: testRegistry,
  transform: testTransform,
  tuning: testTuning,
  network: testNetwork,
  'tuning failures': testTuningFaults,
  cleanUp: testCleanUp,
};

/**
 * Runs the contract over an adapter, as steps of one test that may take some minutes.
 * @param open opens a session that keeps all its records in that folder
 */
export async function testSessionContract(
  t: TestContext,
  open: (folder: string) => Session,
  { damage = damageFolder, fetch = async (modelArtifact) => modelArtifact }: ContractOptions = {},
): Promise<void> {
  const folder = await temporaryFolder(t);
  const reopen = () => open(join(folder, 'session'));
  const session = reopen();
  const only = process.env.CONTRACT ?? '';
  try {
    const walk: Walk = {
      reopen,
      session,
      folder,
      channels: await testUpload(t, session, folder),
      damage: (artifact) => damage(artifact, folder),
      fetch: (artifact) => fetch(artifact, folder),
      trained: [],
    };
    for (const [name, part] of Object.entries(parts)) if (name.includes(only)) await part(t, walk);
  } finally {
    await session.cleanUp();
  }
}

async function testPreflight(t: TestContext, { session }: Walk): Promise<void> {
  await t.test('preflight finds nothing that would fail, and changes nothing', async () => {
    const checks = await session.preflight();
    assert.ok(checks.length >= 2);
    assert.deepEqual(
      checks.filter(({ result }) => result === 'fails'),
      [],
    );
  });
  await t.test('publishImage names an image', async () => assert.notEqual(await session.publishImage(), ''));
}

async function damageFolder(modelArtifact: string, folder: string): Promise<string> {
  const damaged = join(folder, 'damaged');
  await cp(modelArtifact, damaged, { recursive: true });
  await truncate(join(damaged, 'weights.bin'), 100);
  return damaged;
}
