import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { setEnvironment } from './testing';
import { ledgerFolder, startAws } from './testingAws';

const limits = { timeout: 60_000 };

test('each thing that would fail is named with its remedy, and nothing is changed', limits, async (t) => {
  const aws = await startAws(t, { quota: 0 });
  const policy = { Version: '2012-10-17', Statement: [] };
  await new IAMClient().send(
    new CreateRoleCommand({ RoleName: 'closed', AssumeRolePolicyDocument: JSON.stringify(policy) }),
  );
  const late = new Date(Date.now() - 600_000).toUTCString();
  aws.fault = (operation) =>
    operation === 'HEAD /' ? { status: 403, type: 'Forbidden', headers: { date: late } } : undefined;
  const image = `${process.env.IMAGE_URI?.split('@')[0]}@sha256:${'0'.repeat(64)}`;
  const session = aws.open(await ledgerFolder(t), { budget: 0, role: 'closed', image });
  const checks = new Map((await session.preflight()).map((one) => [one.check, one]));
  for (const [check, finding, remedy] of [
    ['clock', /60\d s ahead/, /timedatectl/],
    ['execution role', /role\/closed .*may not take on/, /trust policy/],
    ['quotas', /ml\.c5\.2xlarge for training job usage: 0/, /Service Quotas/],
    ['prices and budget', /budget \$0\.00; ml\.c5\.2xlarge \$1\.00/, /openSession\(\{ budget: 1\.5 \}\)/],
    ['image', /^/, /ECR has no image/],
  ] as const) {
    assert.equal(checks.get(check)?.result, 'fails', check);
    assert.match(checks.get(check)?.finding ?? '', finding);
    assert.match(checks.get(check)?.remedy ?? '', remedy);
  }
  assert.match(checks.get('bucket')?.finding ?? '', /will be created/);
  const changing = aws.rehearsal.requests.filter((request) =>
    /^(PUT|DELETE)|\.(Create|Delete|Put)/.test(request),
  );
  // Those of the test itself and of what stands in for the account.
  assert.deepEqual(changing, []);
});

test('without credentials there is one line, which says how to get some', limits, async (t) => {
  const aws = await startAws(t);
  setEnvironment(t, {
    AWS_ACCESS_KEY_ID: undefined,
    AWS_SECRET_ACCESS_KEY: undefined,
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
  });
  const checks = await aws.open(await ledgerFolder(t)).preflight();
  assert.equal(checks.length, 1);
  assert.match(checks[0]?.remedy ?? '', /no AWS credentials.*aws sso login/);
});
