// buildImage with a real engine, over small projects that build in seconds. The project's own image: image.test.ts.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { docker, testBase, testWithDocker } from '../../testing/docker';
import { startFront } from '../../testing/ecr';
import { atEnd, setEnvironment, temporaryFolder, userError } from '../../testing/folders';
import { engineAddress } from '../engine/engine';
import { type BuildOptions, buildImage } from './buildImage';
import type { BuildStep } from './progress';

/** A project whose Dockerfile is `lines` behind the base image, and an option to build it under a name of its own. */
async function createProject(t: TestContext, ...lines: string[]): Promise<BuildOptions> {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, 'container'));
  const text = ['ARG BASE_IMAGE', 'FROM $BASE_IMAGE', ...lines].join('\n');
  await writeFile(join(folder, 'container', 'Dockerfile'), `${text}\n`);
  await writeFile(join(folder, 'container', 'Dockerfile.dockerignore'), '*\n!input.txt\n');
  await writeFile(join(folder, 'input.txt'), 'input');
  const repository = `build-test-${process.pid}-${Math.floor(performance.now())}`;
  atEnd(t, () => {
    const { output } = docker('images', '--quiet', '--no-trunc', repository);
    for (const id of new Set(output.split('\n').filter(Boolean))) docker('rmi', '--force', id);
  });
  return { folder, repository, baseImage: testBase, onProgress: () => undefined };
}

testWithDocker('buildImage() names the image after its inputs and builds the same inputs once', async (t) => {
  const project = await createProject(t, 'COPY input.txt /', `RUN sleep 1 # ${Date.now()}`);
  const builds: BuildStep[][] = [];
  const options = { ...project, onProgress: (steps: readonly BuildStep[]) => void builds.push([...steps]) };
  const first = await buildImage(options);
  assert.match(first.name, new RegExp(`^${project.repository}:[0-9a-f]{12}$`));
  assert.match(first.id, /^sha256:[0-9a-f]{64}$/);
  assert.ok(first.sizeInBytes > 10_000_000);
  assert.ok(builds.at(-1)?.some(({ name, status }) => name.includes('RUN sleep 1') && status === 'done'));

  const count = builds.length;
  assert.deepEqual(await buildImage(options), first);
  assert.equal(builds.length, count, 'it was built again');

  await writeFile(join(project.folder as string, 'input.txt'), 'other');
  const second = await buildImage(options);
  assert.notEqual(second.name, first.name);
  assert.notEqual(second.id, first.id);
});

testWithDocker('buildImage() builds one image for linux/amd64, without attestations', async (t) => {
  const { name } = await buildImage(await createProject(t, 'LABEL test=1'));
  const { output } = docker('image', 'inspect', '--format', '{{.Os}}/{{.Architecture}}', name);
  assert.equal(output.trim(), 'linux/amd64');
});

testWithDocker('an image for linux/arm64 has a tag of its own beside the usual one', async (t) => {
  const project = { ...(await createProject(t, 'COPY input.txt /')), baseImage: 'scratch' };
  const usual = await buildImage(project);
  const forGraviton = await buildImage({ ...project, platform: 'linux/arm64' });
  assert.equal(forGraviton.name, `${usual.name}-arm64`);
  const { output } = docker('image', 'inspect', '--format', '{{.Os}}/{{.Architecture}}', forGraviton.name);
  assert.equal(output.trim(), 'linux/arm64');
});

testWithDocker('a build that fails half-way says which step and ends with its last lines', async (t) => {
  const project = await createProject(t, 'RUN for i in $(seq 40); do echo line $i; done; exit 3');
  await assert.rejects(buildImage(project), (error: Error) => {
    userError('[2/2] RUN for i in', 'failed', 'line 40', 'exit code: 3')(error);
    assert.ok(!error.message.includes('line 20'));
    return true;
  });
});

testWithDocker(
  'for an engine over containerd, the image is asked for as Docker’s, not as OCI’s',
  async (t) => {
    const folder = await temporaryFolder(t);
    const path = join(folder, 'docker.sock');
    const engine = await startFront(t, { path }, { socketPath: engineAddress().replace('unix://', '') });
    const log = join(folder, 'log');
    const script = `#!/bin/sh\necho "$@ --secret" | tee -a '${log}'\n`;
    await writeFile(join(folder, 'docker'), script, { mode: 0o755 });
    setEnvironment(t, { DOCKER_HOST: `unix://${path}`, PATH: `${folder}:${process.env.PATH}` });
    const build = async (...DriverStatus: string[][]) => {
      engine.intercept = (request, response) => {
        if (!request.url?.endsWith('/info')) return false;
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ DriverStatus }));
        return true;
      };
      // The command that stands in for docker builds nothing.
      await assert.rejects(
        buildImage(await createProject(t, 'LABEL test=1')),
        userError('was built but no longer exists'),
      );
      return (await readFile(log, 'utf8')).trim().split('\n').at(-1) ?? '';
    };
    assert.ok(!(await build(['Backing Filesystem', 'extfs'])).includes('--output'));
    const args = await build(['driver-type', 'io.containerd.snapshotter.v1']);
    assert.match(args, /^build .*--output=type=image,oci-mediatypes=false /);
  },
);

testWithDocker('a program for another processor, met in the build, has its sentence', async (t) => {
  const project = await createProject(t, 'COPY --chmod=755 input.txt /program', 'RUN ["/program"]');
  // The head of an ELF file for a processor that no emulator knows.
  const head = Buffer.alloc(64);
  head.write('7f454c46020101', 'hex');
  head.write('0200ff0001000000', 16, 'hex');
  await writeFile(join(project.folder as string, 'input.txt'), head);
  await assert.rejects(buildImage(project), userError('arm64', 'linux/amd64', 'x86-64'));
});

testWithDocker('a base image without Node is told what it needs', async (t) => {
  const project = await createProject(t, 'RUN PATH=/nothing node --version');
  await assert.rejects(buildImage(project), userError('BASE_IMAGE must', 'Node 20.12', 'node: not found'));
});

testWithDocker('a base image that cannot be had is named', async (t) => {
  const project = await createProject(t, 'LABEL test=1');
  const baseImage = 'registry.invalid/nothing:1';
  await assert.rejects(buildImage({ ...project, baseImage }), userError(baseImage, 'BASE_IMAGE must'));
});

testWithDocker('a full disk in the build has its sentence', async (t) => {
  const project = await createProject(t, 'RUN dd if=/dev/zero of=/dev/full bs=1k count=1');
  await assert.rejects(buildImage(project), userError('disk is full', 'docker system prune'));
});

testWithDocker('a Dockerfile that is missing is named, and nothing is built', async (t) => {
  const folder = await temporaryFolder(t);
  await assert.rejects(buildImage({ folder }), userError('container/Dockerfile is missing', folder));
});

testWithDocker('the machine’s own certificates are there while it builds and in no layer', async (t) => {
  const secret = join(await temporaryFolder(t), 'own certificates, "all".pem');
  await writeFile(secret, 'a certificate of this machine');
  const before = process.env.NODE_EXTRA_CA_CERTS;
  atEnd(t, () => {
    if (before === undefined) delete process.env.NODE_EXTRA_CA_CERTS;
    else process.env.NODE_EXTRA_CA_CERTS = before;
  });
  process.env.NODE_EXTRA_CA_CERTS = secret;
  const project = await createProject(
    t,
    'RUN --mount=type=secret,id=certificates,target=/own.pem wc -c </own.pem >/size',
  );
  const { name } = await buildImage(project);
  const { output } = docker('run', '--rm', name, 'sh', '-c', 'cat /size; cat /own.pem');
  assert.equal(output.replace(/cat: .*/, '').trim(), '29');
});
