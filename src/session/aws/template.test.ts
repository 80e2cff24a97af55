import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { GetRoleCommand, GetRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { projectFolder } from '../../platform/paths';
import { ensureMoto, serviceProgram } from '../../rehearsal/moto';
import { ledgerFolder, startAws } from '../../testing/aws';
import { setEnvironment } from '../../testing/folders';
import { executionPolicy, fill, switchOffPolicy } from './policies';
import { policies, renderFiles } from './policyFiles';

const limits = { timeout: 120_000 };
const path = join(projectFolder, 'docs', 'aws', 'template.yaml');
const url = 'https://example.org/headlines.git';
const names = { PARTITION: 'aws', REGION: 'us-east-1', ACCOUNT: '123456789012' };

before(ensureMoto);

test('docs/aws holds the policies and lifecycle.sh as they are: npm run policies writes them', () => {
  for (const [file, text] of renderFiles()) assert.equal(readFileSync(file, 'utf8'), text, file);
});

test('cfn-lint finds no fault in the template, which is small enough to be sent', limits, () => {
  assert.equal(execFileSync(serviceProgram('cfn-lint'), [path], { encoding: 'utf8' }), '');
  assert.ok(readFileSync(path).length <= 51_200);
});

test('the scripts of notebook instance and Studio are lifecycle.sh, within SageMaker’s limit', () => {
  const { Resources, Mappings } = JSON.parse(
    python(
      'import sys, json; from cfnlint.decode.cfn_yaml import load; print(json.dumps(load(sys.argv[1])))',
      path,
    ),
  );
  const values = new Map([
    ['{"Ref":"ProjectUrl"}', url],
    ['{"Fn::FindInMap":["Scripts","Lifecycle","Text"]}', Mappings.Scripts.Lifecycle.Text],
  ]);
  const { JupyterLabLifecycle, CodeEditorLifecycle, InstanceLifecycle } = Resources;
  for (const { 'Fn::Base64': content } of [
    JupyterLabLifecycle.Properties.StudioLifecycleConfigContent,
    CodeEditorLifecycle.Properties.StudioLifecycleConfigContent,
    InstanceLifecycle.Properties.OnStart[0].Content,
  ]) {
    const parts: (string | object)[] = content['Fn::Join'][1];
    const script = parts
      .map((part) => (typeof part === 'string' ? part : values.get(JSON.stringify(part))))
      .join('');
    const lifecycle = readFileSync(join(projectFolder, 'lifecycle.sh'), 'utf8');
    assert.equal(script, `#!/bin/bash\nexport PROJECT_URL='${url}'\n${lifecycle}`);
    assert.ok(Buffer.from(script).toString('base64').length <= 16_384);
    execFileSync('bash', ['-n'], { input: script });
  }
});

test('in an account with the template, a session finds the role and can use it', limits, async (t) => {
  const aws = await startAws(t);
  const { status, outputs } = create(aws.moto, { Notebook: 'instance', ProjectUrl: url });
  assert.equal(status, 'CREATE_COMPLETE');
  const role = 'sagemaker-workshop-execution-us-east-1';
  assert.equal(outputs.ExecutionRoleArn, `arn:aws:iam::123456789012:role/${role}`);
  assert.match(outputs.UserPolicyArn ?? '', /:policy\//);

  const iam = new IAMClient();
  const policyOf = async (RoleName: string, PolicyName: string) => {
    const { PolicyDocument = '' } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    // moto keeps the policies of a stack as Python writes them.
    return JSON.parse(decodeURIComponent(PolicyDocument).replaceAll("'", '"'));
  };
  assert.deepEqual(await policyOf(role, 'execution'), fill(executionPolicy(), names));
  const switchOff = 'sagemaker-workshop-switch-off';
  assert.deepEqual(
    await policyOf(switchOff, 'switch-off'),
    fill(switchOffPolicy(), { ...names, REGION: '*' }),
  );
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: switchOff }));
  assert.match(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), /scheduler\.amazonaws\.com/);
  assert.match(Role?.PermissionsBoundary?.PermissionsBoundaryArn ?? '', /Boundary/);

  setEnvironment(t, { SAGEMAKER_ROLE: undefined });
  const checks = await aws.open(await ledgerFolder(t)).preflight();
  const found = checks.find(({ check }) => check === 'execution role');
  assert.equal(found?.result, 'ok', found?.remedy);
  assert.match(
    found?.finding ?? '',
    new RegExp(`${role} \\(from docs/aws/template.yaml\\), trusted by SageMaker`),
  );
});

test('a boundary of your own takes the place of the template’s', limits, async (t) => {
  const aws = await startAws(t);
  const PermissionsBoundary = 'arn:aws:iam::123456789012:policy/ours';
  const { status } = create(aws.moto, { PermissionsBoundary, SwitchOffRole: 'exists' });
  assert.equal(status, 'CREATE_COMPLETE');
  const iam = new IAMClient();
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: 'sagemaker-workshop-execution-us-east-1' }));
  assert.equal(Role?.PermissionsBoundary?.PermissionsBoundaryArn, PermissionsBoundary);
  await assert.rejects(iam.send(new GetRoleCommand({ RoleName: 'sagemaker-workshop-switch-off' })));
});

test('CodeBuild pulls nothing from Docker Hub, which limits its shared addresses', () => {
  const build = readFileSync(path, 'utf8').split('BuildSpec: |')[1] ?? '';
  // A builder of its own would be an image of Docker Hub.
  assert.doesNotMatch(build, /buildx create/);
  assert.match(build, /--build-arg BASE_IMAGE=public\.ecr\.aws\//);
  const dockerfile = readFileSync(join(projectFolder, 'container', 'Dockerfile'), 'utf8');
  const stages = [...dockerfile.matchAll(/ AS (\S+)$/gm)].map(([, name]) => name);
  const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, name = '']) => name);
  const given = ['$' + '{BASE_IMAGE}', 'scratch', ...stages];
  assert.deepEqual(
    bases.filter((base) => !given.includes(base)),
    [],
  );
  assert.doesNotMatch(dockerfile, /^# syntax/m);
});

test('the pages name parameters and outputs that the template has', () => {
  const template = readFileSync(path, 'utf8');
  const keysOf = (section: string) => {
    const text = template.split(new RegExp(`^${section}:$`, 'm'))[1]?.split(/^\w/m)[0] ?? '';
    return [...text.matchAll(/^ {2}(\w+):$/gm)].map(([, key = '']) => key);
  };
  const [parameters, outputs] = [keysOf('Parameters'), keysOf('Outputs')];
  for (const page of ['aws', 'studio', 'notebook-instance', 'vscode']) {
    const text = readFileSync(join(projectFolder, 'docs', `${page}.md`), 'utf8');
    for (const [, name = ''] of text.matchAll(/VALUE-OF-(\w+)/g)) assert.ok(outputs.includes(name), name);
    for (const [, given = ''] of text.matchAll(/--parameter-overrides ((?: ?\w+=\S+)+)/g)) {
      for (const one of given.split(' ')) assert.ok(parameters.includes(one.split('=')[0] ?? ''), one);
    }
  }
});

test('the boundary allows everything that the roles of the template are given', () => {
  const boundary =
    readFileSync(path, 'utf8')
      .split(/^ {2}Boundary:$/m)[1]
      ?.split(/^ {2}UserPolicy:$/m)[0] ?? '';
  const patterns = [...boundary.matchAll(/^ +- ([\w-]+:[\w*]+)$/gm)].map(([, action = '']) => action);
  const isAllowed = (action: string) =>
    patterns.some(
      (pattern) => pattern === action || (pattern.endsWith('*') && action.startsWith(pattern.slice(0, -1))),
    );
  const actions = Object.values(policies).flatMap(({ Statement }) =>
    Statement.flatMap(({ Action }) => Action),
  );
  assert.deepEqual(
    actions.filter((action) => !isAllowed(action)),
    [],
  );
});

/** Creates a stack with boto3, which is installed with moto. */
function create(
  endpoint: string,
  parameters: Readonly<Record<string, string>>,
): { status: string; outputs: Record<string, string> } {
  const program = `
import boto3, json, sys
path, endpoint, parameters = sys.argv[1:]
cloudformation = boto3.client('cloudformation', endpoint_url=endpoint, region_name='us-east-1')
given = [{'ParameterKey': key, 'ParameterValue': value} for key, value in json.loads(parameters).items()]
with open(path) as template:
    cloudformation.create_stack(StackName='workshop', TemplateBody=template.read(), Parameters=given, Capabilities=['CAPABILITY_NAMED_IAM'])
stack = cloudformation.describe_stacks(StackName='workshop')['Stacks'][0]
outputs = {one['OutputKey']: one['OutputValue'] for one in stack.get('Outputs', [])}
print(json.dumps({'status': stack['StackStatus'], 'outputs': outputs}))
`;
  return JSON.parse(python(program, path, endpoint, JSON.stringify(parameters)));
}

function python(program: string, ...given: string[]): string {
  return execFileSync(serviceProgram('python'), ['-c', program, ...given], { encoding: 'utf8' });
}
