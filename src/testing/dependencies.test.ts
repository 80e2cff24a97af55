import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectFolder } from '../platform/paths';

interface Locked {
  dev?: boolean;
  version?: string;
}

const { packages } = JSON.parse(readFileSync(join(projectFolder, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, Locked>;
};

function npm(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: projectFolder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

test('npm sbom lists every package of the lock file that the container needs', {
  timeout: 60_000,
}, () => {
  const { components } = JSON.parse(npm('sbom', '--sbom-format', 'cyclonedx')) as {
    components: { name: string; version: string }[];
  };
  const listed = new Set(components.map(({ name, version }) => `${name}@${version}`));
  const locked = Object.entries(packages).filter(([path, { dev }]) => path !== '' && !dev);
  const names = locked.map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`);
  assert.ok(names.length > 100);
  assert.deepEqual(
    names.filter((name) => !listed.has(name)),
    [],
  );
});

test('no archive reader of tfjs-node’s own install has a known vulnerability', () => {
  // From these versions on; see docs/security.md.
  const fixed = { tar: [7, 5, 16], 'adm-zip': [0, 6, 1] };
  for (const [name, least] of Object.entries(fixed)) {
    const version = packages[`node_modules/${name}`]?.version?.split('.').map(Number) ?? [];
    const differing = least.findIndex((part, place) => part !== version[place]);
    assert.ok(
      differing < 0 || (version[differing] ?? 0) > (least[differing] ?? 0),
      `${name} ${version.join('.')}`,
    );
  }
});
