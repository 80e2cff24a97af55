// What ECR refuses, without ECR: a server that answers as it does. With moto in its place: publishImage.test.ts.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setAwsEnvironment } from '../../../testing/ecr';
import { atEnd, findFreePort, setEnvironment, temporaryFolder, userError } from '../../../testing/folders';
import { connectEcr, registryActions, repositoryActions } from './ecr';

interface Answer {
  status?: number;
  body: object;
}

const requestId = 'b1946ac9-2492-4d23-a1b6-000000000001';

interface Question {
  action: string;
  parameters: object;
  /** Who signed, when, and for which region and service. */
  signature: string;
}

/** Serves ECR's protocol and points this process at it. Returns what was asked. */
async function serve(t: TestContext, answer: (question: Question) => Answer): Promise<Question[]> {
  const asked: Question[] = [];
  const server = createServer(async (request, response) => {
    const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    let text = '';
    for await (const chunk of request) text += chunk;
    const signature = request.headers.authorization ?? '';
    const question = { action, parameters: JSON.parse(text) as object, signature };
    asked.push(question);
    const { status = 200, body } = answer(question);
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.1',
      'x-amzn-requestid': requestId,
    });
    response.end(JSON.stringify(body));
  });
  const port = await findFreePort();
  await new Promise<void>((done) => server.listen(port, done));
  atEnd(t, () => {
    server.close();
    server.closeAllConnections();
  });
  await setUp(t, { ...keys, ...region, AWS_ENDPOINT_URL: `http://127.0.0.1:${port}` });
  return asked;
}

/** These variables of AWS's alone, and a home without credentials. No role of this machine is looked for. */
async function setUp(t: TestContext, variables: Record<string, string>): Promise<string> {
  const home = await temporaryFolder(t);
  setEnvironment(t, { HOME: home });
  setAwsEnvironment(t, { AWS_EC2_METADATA_DISABLED: 'true', ...variables });
  return home;
}

const keys = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const region = { AWS_REGION: 'us-east-1' };

function connect() {
  return connectEcr({ signal: new AbortController().signal });
}

function refuse(type: string, message: string): Answer {
  return { status: 400, body: { __type: type, message } };
}

const role = 'arn:aws:sts::123456789012:assumed-role/Workshop/SageMaker';
const resource = 'arn:aws:ecr:us-east-1:123456789012:repository/sagemaker-a';

function deny(action: string): Answer {
  const reason = `because no identity-based policy allows the ${action} action`;
  const message = `User: ${role} is not authorized to perform: ${action} on resource: ${resource} ${reason}`;
  return refuse('AccessDeniedException', message);
}

const notFound = refuse('RepositoryNotFoundException', 'The repository does not exist in the registry');

test('a permission that is missing is named with whom it lacks, ECR’s words and the request’s id', async (t) => {
  await serve(t, ({ action }) =>
    action === 'DescribeRepositories' ? notFound : deny('ecr:CreateRepository'),
  );
  const words = `is not authorized to perform: ecr:CreateRepository on resource: ${resource} because`;
  await assert.rejects(
    connect().openRepository('sagemaker-a', {}),
    userError(
      `ecr:CreateRepository on ${resource} is missing`,
      role,
      words,
      requestId,
      'AmazonSageMakerFullAccess',
    ),
  );
});

test('where tags may not be set, the repository is created without them and says so', async (t) => {
  const uri = '123456789012.dkr.ecr.us-east-1.amazonaws.com/sagemaker-a';
  const asked = await serve(t, ({ action, parameters }) => {
    if (action === 'DescribeRepositories') return notFound;
    const { tags } = parameters as { tags: object[] };
    return tags.length > 0 ? deny('ecr:TagResource') : { body: { repository: { repositoryUri: uri } } };
  });
  const settings = { tags: { project: 'workshop' }, kmsKey: 'alias/mine' };
  const repository = await connect().openRepository('sagemaker-a', settings);
  assert.deepEqual(repository, { uri, state: 'created without tags' });
  const created = asked.filter(({ action }) => action === 'CreateRepository');
  const common = {
    repositoryName: 'sagemaker-a',
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'alias/mine' },
  };
  assert.deepEqual(
    created.map(({ parameters }) => parameters),
    [
      { ...common, tags: [{ Key: 'project', Value: 'workshop' }] },
      { ...common, tags: [] },
    ],
  );
});

test('credentials that have expired, and those that AWS does not know, have their sentences', async (t) => {
  const answers = {
    ExpiredTokenException: ['have expired', 'aws sso login'],
    UnrecognizedClientException: ['does not accept these credentials', 'aws sts get-caller-identity'],
    InvalidSignatureException: ['does not accept these credentials', 'clock'],
  };
  let type = '';
  await serve(t, () => refuse(type, 'The security token included in the request is no good'));
  for (const [name, parts] of Object.entries(answers)) {
    type = name;
    await assert.rejects(connect().getPassword(), userError(...parts, 'is no good', requestId));
  }
});

test('no credentials, an expired sign-in and no region have their sentences', async (t) => {
  await setUp(t, region);
  await assert.rejects(
    connect().getPassword(),
    userError('No AWS credentials', 'aws configure', 'AWS_PROFILE'),
  );

  const home = await setUp(t, { ...region, AWS_PROFILE: 'signed-in' });
  const start = 'https://example.awsapps.com/start';
  const cache = join(home, '.aws', 'sso', 'cache');
  await mkdir(cache, { recursive: true });
  const settings = { sso_start_url: start, sso_region: 'us-east-1', sso_account_id: '1', sso_role_name: 'r' };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  await writeFile(join(home, '.aws', 'config'), ['[profile signed-in]', ...lines].join('\n'));
  const token = { accessToken: 'token', expiresAt: '2020-01-01T00:00:00Z' };
  const name = createHash('sha1').update(start).digest('hex');
  await writeFile(join(cache, `${name}.json`), JSON.stringify(token));
  await assert.rejects(connect().getPassword(), userError('credentials have expired', 'aws sso login'));

  await setUp(t, keys);
  await assert.rejects(connect().getPassword(), userError('No AWS region', 'AWS_REGION', '`region`'));
});

test('an endpoint that cannot be reached is named', async (t) => {
  await setUp(t, { ...keys, ...region, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
  const silent = userError('ECR cannot be reached', 'ECONNREFUSED', 'AWS_ENDPOINT_URL is http://127.0.0.1:1');
  await assert.rejects(connect().getPassword(), silent);
});

test('AWS_DEFAULT_REGION, which other tools read, chooses the region, too', async (t) => {
  const asked = await serve(t, () => ({
    body: { authorizationData: [{ authorizationToken: 'QVdTOmE6Yg==' }] },
  }));
  setEnvironment(t, { AWS_REGION: undefined, AWS_DEFAULT_REGION: 'eu-west-1' });
  assert.equal(await connect().getPassword(), 'a:b');
  assert.match(asked[0]?.signature ?? '', /\/eu-west-1\/ecr\//);
});

test('any other error of ECR’s stays as it is; an interruption ends the request', async (t) => {
  await serve(t, () => refuse('LimitExceededException', 'too many repositories'));
  await assert.rejects(connect().openRepository('sagemaker-a', {}), { name: 'LimitExceededException' });
  const ecr = connectEcr({ signal: AbortSignal.abort() });
  await assert.rejects(ecr.getPassword(), { name: 'AbortError' });
});

test('docs/container.md lists the actions that publishing needs', () => {
  const page = readFileSync(join(__dirname, '..', '..', '..', '..', 'docs', 'container.md'), 'utf8');
  const section = page.slice(page.indexOf('## Push to Amazon ECR'));
  const listed = [...section.matchAll(/"(ecr:\w+)"/g)].map(([, action]) => action);
  assert.deepEqual(listed, [...registryActions, ...repositoryActions]);
});
