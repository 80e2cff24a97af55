import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { ledgerFolder, startAws } from '../../testing/aws';
import { setEnvironment, uploadCorpus, userError } from '../../testing/folders';
import { withPreflight } from './ready';

const limits = { timeout: 60_000 };

test('each thing that would fail is named with its remedy, and nothing is changed', limits, async (t) => {
  const aws = await startAws(t, { quota: 0 });
  // It names the service, and does not let it in.
  const named = {
    Effect: 'Deny',
    Principal: { Service: 'sagemaker.amazonaws.com' },
    Action: 'sts:AssumeRole',
  };
  const policy = { Version: '2012-10-17', Statement: [named] };
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
    ['execution role', /role\/closed .*not allowed to assume/, /trust policy/],
    [
      'quota for training jobs',
      /ml\.c5\.2xlarge for training job usage: 0, 0 in use, 1 needed/,
      /^As an admin.* in Service Quotas.*`aws service-quotas .*--region us-east-1 --quota-code L-\d+ --desired-value 1`/,
    ],
    ['quota for endpoints', /ml\.m5\.large for endpoint usage: 0, 0 in use, 1 needed/, /Service Quotas/],
    ['quota for batch transforms', /ml\.c5\.xlarge for transform job usage: 0/, /Service Quotas/],
    [
      'quota for serverless endpoints',
      /across all serverless endpoints: 0, 0 in use, 5 needed/,
      /can take days/,
    ],
    ['prices and budget', /budget \$0\.00; ml\.c5\.2xlarge \$1\.00/, /budget: 1\.5 \}\), or BUDGET_USD=1\.5/],
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

test(
  'quotas, prices and image are those of the machines and the platform that are chosen',
  limits,
  async (t) => {
    const aws = await startAws(t, { architecture: 'arm64' });
    const soon = new Date(Date.now() + 20 * 60_000).toISOString();
    setEnvironment(t, { AWS_CREDENTIAL_EXPIRATION: soon });
    const options = { spot: true, trainingInstance: 'ml.c5.2xlarge', endpointInstance: 'ml.c5.large' };
    const session = aws.open(await ledgerFolder(t), options);
    const checks = new Map((await session.preflight()).map((one) => [one.check, one]));
    for (const [check, result, finding, remedy] of [
      [
        'where',
        'ok',
        /us-east-1 \(from AWS_REGION\), account …9012.*credentials from environment variables/,
        /^$/,
      ],
      ['credentials', 'fails', /for (20|19) more minutes/, /Sign in again/],
      ['quota for training jobs', 'ok', /ml\.c5\.2xlarge for spot training job usage: 4, 0 in use/, /^$/],
      ['quota for endpoints', 'not known', /ml\.c5\.large for endpoint usage: not listed/, /Service Quotas/],
      ['prices and budget', 'ok', /ml\.c5\.2xlarge \$1\.00, ml\.c5\.large \$1\.00/, /^$/],
      ['image', 'fails', /for linux\/arm64/, /linux\/amd64/],
      ['execution role', 'ok', /trusted by SageMaker/, /^$/],
      ['permissions', 'not known', /IAM cannot simulate/, /docs\/aws\.md/],
      ['permissions of the role', 'not known', /IAM cannot simulate/, /docs\/aws\.md/],
    ] as const) {
      assert.equal(checks.get(check)?.result, result, check);
      assert.match(checks.get(check)?.finding ?? '', finding);
      assert.match(checks.get(check)?.remedy ?? '', remedy);
    }
    assert.doesNotMatch(JSON.stringify([...checks]), /123456789012/);
  },
);

for (const [what, options, finding, remedy] of [
  [
    'has another path',
    { role: 'arn:aws:iam::123456789012:role/Worker' },
    /role\/Worker .*does not exist/,
    /IAM has arn:aws:iam::…9012:role\/service-role\/Worker/,
  ],
  ['is missing', { role: 'Nobody' }, /role\/Nobody .*does not exist/, /Create it/],
] as const) {
  test(`a role that ${what} fails the preflight`, limits, async (t) => {
    const aws = await startAws(t);
    const trust = {
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'sagemaker.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    };
    await new IAMClient().send(
      new CreateRoleCommand({
        RoleName: 'Worker',
        Path: '/service-role/',
        AssumeRolePolicyDocument: JSON.stringify(trust),
      }),
    );
    const checkOf = async (given: object) =>
      (await aws.open(await ledgerFolder(t), given).preflight()).find(
        ({ check }) => check === 'execution role',
      );
    const bad = await checkOf(options);
    assert.equal(bad?.result, 'fails');
    assert.match(bad?.finding ?? '', finding);
    assert.match(bad?.remedy ?? '', remedy);
    assert.equal((await checkOf({ role: 'Worker' }))?.result, 'ok');
  });
}

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
  assert.match(checks[0]?.remedy ?? '', /No AWS credentials.*aws sso login/);
});

test('without a Docker engine, the preflight leads to CodeBuild', limits, async (t) => {
  const aws = await startAws(t);
  setEnvironment(t, { IMAGE_URI: undefined, DOCKER_HOST: 'unix:///nowhere' });
  const checks = await aws.open(await ledgerFolder(t)).preflight();
  const engine = checks.find(({ check }) => check === 'Docker engine');
  assert.equal(engine?.result, 'fails');
  assert.match(engine?.remedy ?? '', /not running.*CodeBuild.*IMAGE_URI/);
});

test('what everyone in the account runs takes its part of the quotas', limits, async (t) => {
  const aws = await startAws(t, { quota: 1 });
  const folder = await ledgerFolder(t);
  const session = aws.open(folder);
  const channels = await uploadCorpus(t, session);
  const long = { architecture: 'mlp', epochs: 1000, batch_size: 4 } as const;
  const { modelArtifact = '' } = await (
    await session.train({ channels, hyperparameters: { epochs: 1 } })
  ).wait();
  const job = await session.train({ channels, hyperparameters: long });
  await session.deploy(modelArtifact, { name: 'machine' });
  await session.deploy(modelArtifact, {
    name: 'none',
    serverless: { memoryMegabytes: 1024, concurrency: 3 },
  });
  const rowsOf = async (options: object) =>
    new Map((await aws.open(folder, options).preflight()).map((one) => [one.check, one]));
  const found = await rowsOf({});
  for (const [row, figures] of [
    ['quota for training jobs', '1, 1 in use, 1 needed'],
    ['quota for endpoints', '1, 1 in use, 1 needed'],
    ['quota for serverless endpoints', '5, 3 in use, 5 needed'],
  ] as const) {
    assert.equal(found.get(row)?.result, 'fails', row);
    assert.match(found.get(row)?.finding ?? '', new RegExp(`: ${figures}$`));
    assert.match(found.get(row)?.remedy ?? '', /^End what .*cleanUp\(\).*--desired-value [28]`/);
  }
  assert.equal(found.get('quota for batch transforms')?.result, 'ok');
  // Spot instances and other types have quotas of their own.
  const others = await rowsOf({ spot: true, serverless: { memoryMegabytes: 1024, concurrency: 2 } });
  assert.equal(others.get('quota for training jobs')?.result, 'ok');
  assert.match(others.get('quota for endpoints')?.finding ?? '', /: 5, 3 in use, 2 needed$/);
  assert.ok(!others.has('quota for serverless endpoints'));
  await job.stop();
  await session.cleanUp();
});

test('a preflight comes before the first upload or image, and a failure stops them', limits, async (t) => {
  const aws = await startAws(t, { quota: 0 });
  const session = withPreflight(aws.open(await ledgerFolder(t), { budget: 0 }));
  for (const begin of [() => session.publishImage(), () => uploadCorpus(t, session)]) {
    await assert.rejects(
      begin(),
      userError(
        'nothing was built, uploaded or started',
        'quota for training jobs',
        'openSession({ budget: 1.5 })',
        'PREFLIGHT=skip',
      ),
    );
  }
  assert.ok(!aws.rehearsal.requests.some((request) => /^PUT|Create/.test(request)));
  setEnvironment(t, { PREFLIGHT: 'skip' });
  assert.equal((await uploadCorpus(t, session)).length, 2);
});
