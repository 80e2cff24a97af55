// Helpers for tests with a real Docker engine. Used by tests only.
import { spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';

/** The base image that tests build from. */
export const testBase = process.env.BASE_IMAGE || 'node:24-slim';

/** Runs the docker command and returns both outputs as one text. */
export function docker(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr, error } = spawnSync('docker', args, { encoding: 'utf8' });
  return { status, output: error ? error.message : stdout + stderr };
}

/** Defines a test that builds images; skips it with the reason where that is impossible. */
export function testWithDocker(name: string, run: (t: TestContext) => Promise<void>): void {
  void test(name, { skip: whyNoDocker() }, run);
}

let reason: string | false | undefined;

/** Returns why no image can be built here, or false. */
export function whyNoDocker(): string | false {
  reason ??= look();
  return reason;
}

function look(): string | false {
  const engine = docker('version', '--format', '{{.Server.Version}}');
  if (engine.status !== 0) return `no Docker engine answers: ${engine.output.trim()}`;
  const isHere = docker('image', 'inspect', testBase).status === 0;
  return !isHere && `the base image ${testBase} is not here: docker pull ${testBase}, or set BASE_IMAGE`;
}
