// The dev container: that its files fit the project, and, with an engine, that the Dev Containers CLI, which VS Code and
// Codespaces share, builds it, sets the project up and runs the notebook in it.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { projectFolder } from '../platform/paths';
import { docker, testBase, whyNoDocker } from '../testing/docker';
import { atEnd, temporaryFolder } from '../testing/folders';
import { whySlow } from '../testing/slow';

interface Configuration {
  build: { dockerfile: string; args?: Record<string, string> };
  runArgs: string[];
  features?: object;
  mounts?: string[];
  remoteUser: string;
  remoteEnv: Record<string, string>;
  updateContentCommand: string;
  customizations: { vscode: { extensions: string[] } };
}

function readJson<Content>(...path: string[]): Content {
  return JSON.parse(readFileSync(join(projectFolder, ...path), 'utf8'));
}

const configurationFile = join('.devcontainer', 'devcontainer.json');

test('the dev container fits the project', () => {
  const configuration = readJson<Configuration>(configurationFile);
  const dockerfile = readFileSync(
    join(projectFolder, '.devcontainer', configuration.build.dockerfile),
    'utf8',
  );
  const [platform = ''] = configuration.runArgs;
  assert.match(dockerfile, new RegExp(`^FROM ${platform} `, 'm'), 'built for the platform that it runs on');
  assert.match(dockerfile, new RegExp(`useradd .* ${configuration.remoteUser}\\b`));
  const [, script = ''] = /^npm run ([\w-]+)$/.exec(configuration.updateContentCommand) ?? [];
  assert.ok(script in readJson<{ scripts: object }>('package.json').scripts);
  const kernels = configuration.remoteEnv.JUPYTER_PATH?.replace(
    /^\$\{containerWorkspaceFolder\}/,
    projectFolder,
  );
  assert.ok(
    readFileSync(join(kernels ?? '', 'kernels', 'tslab', 'kernel.json')),
    'VS Code finds the kernel there',
  );
  const { recommendations } = readJson<{ recommendations: string[] }>('.vscode', 'extensions.json');
  assert.deepEqual(configuration.customizations.vscode.extensions, recommendations);
});

const skip = whySlow('it takes some minutes and the network') || whyNoDocker();

test('the dev container sets a fresh clone up and runs the notebook', {
  skip,
  timeout: 1_500_000,
}, async (t) => {
  const project = join(await temporaryFolder(t), 'project');
  execFileSync('git', ['clone', '--quiet', projectFolder, project]);
  adapt(join(project, configurationFile));
  // For another user, the CLI gives the container's user that user's id.
  if (process.getuid?.() === 0) execFileSync('chown', ['--recursive', '1000:1000', project]);
  const { containerId } = JSON.parse(devcontainer(project, 'up').split('\n').at(-1) ?? '');
  removeAtEnd(t, containerId);
  const output = devcontainer(project, 'exec', '--remote-env', 'HEADLINES=synthetic', 'npm', 'start');
  assert.match(output, /^Measured: accuracy \d\d/m);
  assert.match(output, new RegExp(`^Read it: /workspaces/${basename(project)}/output/`, 'm'));
});

/**
 * Leaves out the features, whose registry may be out of reach, and takes the tests' base image. Saves a download of
 * TensorFlow, and passes on this machine's certificates, which it may need to reach the package registries.
 */
function adapt(file: string): void {
  const { features: _, ...configuration } = JSON.parse(readFileSync(file, 'utf8')) as Configuration;
  configuration.build.args = { BASE_IMAGE: testBase };
  const shared = { [join(projectFolder, '.tensorflow')]: '/opt/tensorflow' };
  Object.assign(configuration.remoteEnv, { LIBTENSORFLOW: '/opt/tensorflow' });
  const certificates = process.env.NODE_EXTRA_CA_CERTS;
  if (certificates) {
    const inside = '/etc/ssl/certs/ca-certificates.crt';
    shared[certificates] = inside;
    Object.assign(configuration.remoteEnv, { NODE_EXTRA_CA_CERTS: inside, PIP_CERT: inside });
  }
  configuration.mounts = Object.entries(shared).map(
    ([source, target]) => `type=bind,source=${source},target=${target},readonly`,
  );
  writeFileSync(file, JSON.stringify(configuration));
}

function devcontainer(project: string, command: string, ...words: string[]): string {
  const cli = ['exec', '--yes', '--package=@devcontainers/cli@0.89.0', '--', 'devcontainer'];
  const { status, stdout, stderr } = spawnSync(
    'npm',
    [...cli, command, '--workspace-folder', project, ...words],
    {
      encoding: 'utf8',
      maxBuffer: 1e8,
    },
  );
  assert.equal(status, 0, `${stdout}\n${stderr.slice(-5000)}`);
  return stdout.trim();
}

function removeAtEnd(t: TestContext, container: string): void {
  const { output: image } = docker('inspect', '--format', '{{.Image}}', container);
  atEnd(t, () => {
    docker('rm', '--force', container);
    docker('rmi', '--force', image.trim());
  });
}
