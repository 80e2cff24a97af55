import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { IAMClient } from '@aws-sdk/client-iam';
import { ledgerFolder, startAws } from '../../testing/aws';
import { atEnd, setEnvironment } from '../../testing/folders';
import { allows, managedPolicy, type PolicyDocument } from '../../testing/iam';
import { executionPolicy, fill, type Policy, userPolicy } from './policies';
import { findMissing } from './simulation';

const role = 'arn:aws:iam::123456789012:role/service-role/Worker';
const place = {
  account: '123456789012',
  identity: 'arn:aws:iam::123456789012:user/ann',
  region: { value: 'eu-west-1', from: 'the test' },
  role: { value: role, from: 'the test' },
  credentials: 'the test',
  notebook: undefined,
  bucket: 'sagemaker-eu-west-1-123456789012',
};

/** As docs/aws.md asks to do with its policies. */
function written(policy: Policy): Policy {
  return fill(policy, {
    PARTITION: 'aws',
    REGION: 'eu-west-1',
    ACCOUNT: '123456789012',
    'role/ROLE': 'role/service-role/Worker',
  });
}

/** A client of an IAM in which the identity has that policy, and what it was asked about. */
async function startIam(t: TestContext, policy: PolicyDocument) {
  const sources = new Set<string>();
  const server = createServer(async (request, response) => {
    const form = new URLSearchParams(Buffer.concat(await request.toArray()).toString());
    const members = (name: string) =>
      [...form]
        .filter(([key]) => new RegExp(`^${name}\\.member\\.\\d+$`).test(key))
        .map(([, value]) => value);
    sources.add(form.get('PolicySourceArn') ?? '');
    const context = Object.fromEntries(
      [...form].flatMap(([field, key]) => {
        const [, entry] = /^(ContextEntries\.member\.\d+)\.ContextKeyName$/.exec(field) ?? [];
        return entry ? [[key, form.get(`${entry}.ContextKeyValues.member.1`) ?? '']] : [];
      }),
    );
    const resources = members('ResourceArns');
    const results = members('ActionNames').map((action) => {
      const decisions = (resources.length > 0 ? resources : ['*']).map((resource) =>
        allows([policy], { action, resource, context }) ? 'allowed' : 'implicitDeny',
      );
      const specific = decisions.map(
        (one, index) =>
          `<member><EvalResourceName>${resources[index]}</EvalResourceName><EvalResourceDecision>${one}</EvalResourceDecision></member>`,
      );
      const all = decisions.every((one) => one === 'allowed') ? 'allowed' : 'implicitDeny';
      return `<member><EvalActionName>${action}</EvalActionName><EvalDecision>${all}</EvalDecision><ResourceSpecificResults>${specific.join('')}</ResourceSpecificResults></member>`;
    });
    response
      .writeHead(200, { 'content-type': 'text/xml' })
      .end(
        `<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated><EvaluationResults>${results.join('')}</EvaluationResults></SimulatePrincipalPolicyResult></SimulatePrincipalPolicyResponse>`,
      );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  return { endpoint, iam: new IAMClient({ endpoint, region: 'us-east-1', credentials }), sources };
}

for (const [whose, policy] of [
  ['user’s', userPolicy()],
  ['execution role’s', executionPolicy()],
] as const) {
  test(`whoever has the ${whose} policy of docs/aws.md lacks nothing`, async (t) => {
    const { iam, sources } = await startIam(t, written(policy));
    assert.deepEqual(await findMissing(iam, place.identity, policy, place), []);
    assert.deepEqual([...sources], [place.identity]);
  });
}

/** The namespaces in SageMaker's developer guide ("Monitor Amazon SageMaker AI with Amazon CloudWatch"). */
for (const namespace of [
  'AWS/SageMaker',
  '/aws/sagemaker/TrainingJobs',
  '/aws/sagemaker/TransformJobs',
  '/aws/sagemaker/Endpoints',
  '/aws/sagemaker/ProcessingJobs',
]) {
  test(`the execution role may write metrics to ${namespace}`, () => {
    const context = { 'cloudwatch:namespace': namespace };
    assert.ok(allows([executionPolicy()], { action: 'cloudwatch:PutMetricData', resource: '*', context }));
  });
}

test('the execution role may not write other metrics, and a policy without SageMaker’s namespaces lacks them', async (t) => {
  for (const namespace of ['Sales', 'AWS/EC2', '/aws/lambda/SageMaker', '/AWS/SAGEMAKER/TrainingJobs']) {
    const context = { 'cloudwatch:namespace': namespace };
    const need = { action: 'cloudwatch:PutMetricData', resource: '*', context };
    assert.ok(!allows([executionPolicy()], need), namespace);
  }
  const narrow = written(executionPolicy());
  for (const statement of narrow.Statement.filter(({ Sid }) => Sid === 'Metrics')) {
    statement.Condition = { StringLike: { 'cloudwatch:namespace': '*SageMaker*' } };
  }
  const { iam } = await startIam(t, narrow);
  assert.deepEqual(await findMissing(iam, place.identity, executionPolicy(), place), [
    'cloudwatch:PutMetricData',
  ]);
});

test('an action that is allowed on its own kind of resource alone is not missing', async (t) => {
  const split = written(userPolicy());
  const data = split.Statement.find(({ Sid }) => Sid === 'Data');
  assert.ok(data);
  const [bucket = '', objects = ''] = data.Resource as string[];
  const isOfBucket = (action: string) => /Bucket|Encryption/.test(action);
  split.Statement = [
    ...split.Statement.filter((one) => one !== data),
    { ...data, Action: data.Action.filter(isOfBucket), Resource: bucket },
    { ...data, Action: data.Action.filter((action) => !isOfBucket(action)), Resource: objects },
  ];
  const { iam } = await startIam(t, split);
  assert.deepEqual(await findMissing(iam, place.identity, userPolicy(), place), []);
});

test('what is missing is named: an action, another role, another bucket', async (t) => {
  const less = written(userPolicy());
  for (const statement of less.Statement) {
    statement.Action = statement.Action.filter((action) => action !== 'sagemaker:CreateEndpoint');
  }
  const { iam } = await startIam(t, less);
  const other = { ...place, role: { value: `${role}2`, from: 'the test' }, bucket: 'mine' };
  assert.deepEqual(await findMissing(iam, place.identity, userPolicy(), place), ['sagemaker:CreateEndpoint']);
  const missing = await findMissing(iam, place.identity, userPolicy(), other);
  assert.ok(missing.includes('iam:PassRole') && missing.includes('s3:PutObject'), missing.join());
  assert.ok(!missing.includes('sagemaker:ListModels'));
});

test('the preflight tells what is lacking and can be done without from what is needed', async (t) => {
  const aws = await startAws(t);
  const fullAccess = managedPolicy('AmazonSageMakerFullAccess');
  const permissions = async (policy: PolicyDocument) => {
    const { endpoint } = await startIam(t, policy);
    setEnvironment(t, { AWS_ENDPOINT_URL_IAM: endpoint });
    const checks = await aws.open(await ledgerFolder(t)).preflight();
    return checks.find(({ check }) => check === 'permissions');
  };
  const enough = await permissions(fullAccess);
  assert.equal(enough?.result, 'ok', enough?.finding);
  assert.match(
    enough?.finding ?? '',
    /has all that are needed; it lacks, and can do without: .*pricing:GetProducts/,
  );
  assert.match(
    enough?.finding ?? '',
    /scheduler:CreateSchedule \(endpoints that end on their own; without it, deploy with SWITCH_OFF=none\)$/,
  );
  const Deny = { Effect: 'Deny' as const, Action: 'sagemaker:CreateEndpoint' };
  const less = await permissions({ Statement: [...fullAccess.Statement, Deny] });
  assert.equal(less?.result, 'fails');
  assert.match(less?.finding ?? '', /lacks sagemaker:CreateEndpoint$/);
});
