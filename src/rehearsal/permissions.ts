// The permissions that a request to the stand-in for AWS needs.
import type { Asked } from './http/denial';
import { accountId } from './runs/arn';
import type { Account } from './services/account';
import type { Tag } from './services/tags';

/** One permission that a request needs. */
export interface Need {
  action: string;
  resource: string;
  context?: Record<string, string>;
}

/** Returns IAM's message for a denied permission. */
export function refusal(
  { action, resource }: Need,
  why = `because no identity-based policy allows the ${action} action`,
): string {
  return `User: arn:aws:iam::${accountId}:user/moto is not authorized to perform: ${action} on resource: ${resource} ${why}`;
}

/** Returns the permissions that a request needs, as the Service Authorization Reference lists them. */
export function needsOf(asked: Asked, account: Account): Need[] {
  const [target = '', operation = ''] = asked.operation.split('.');
  const read = readers[target];
  if (read) return read(operation, asked, account);
  // The preflight compares the clocks without signing.
  if (asked.operation === 'HEAD /') return [];
  if (asked.operation === 'POST /') return needsOfForm(asked);
  const invoked = /^POST \/endpoints\/([^/]+)\/invocations$/.exec(asked.operation)?.[1];
  if (invoked)
    return sagemakerNeeds('InvokeEndpoint', { ...asked, input: { EndpointName: invoked } }, account);
  return needsOfS3(asked);
}

type Reader = (operation: string, asked: Asked, account: Account) => Need[];

const anywhere =
  (service: string): Reader =>
  (operation) => [{ action: `${service}:${operation}`, resource: '*' }];

/** EventBridge Scheduler, whose schedules take on a role. */
const schedulerNeeds: Reader = (operation, { input }) => {
  const { Name = '', Target } = input as { Name?: string; Target?: { RoleArn: string } };
  const resource = `arn:aws:scheduler:us-east-1:${accountId}:schedule/default/${Name}`;
  const context = { 'iam:PassedToService': 'scheduler.amazonaws.com' };
  return [
    { action: `scheduler:${operation}`, resource: operation === 'ListSchedules' ? '*' : resource },
    ...(Target ? [{ action: 'iam:PassRole', resource: Target.RoleArn, context }] : []),
  ];
};

const readers: Readonly<Record<string, Reader>> = {
  Scheduler: schedulerNeeds,
  SageMaker: sagemakerNeeds,
  Logs_20140328: (operation, { input: { logGroupName } }) => [
    { action: `logs:${operation}`, resource: arnOf('logs', `log-group:${logGroupName}:log-stream:one`) },
  ],
  AmazonEC2ContainerRegistry_V20150921: (operation, { input }) => {
    const {
      repositoryName,
      repositoryNames = [repositoryName],
      tags = [],
    } = input as {
      repositoryName?: string;
      repositoryNames?: string[];
      tags?: Tag[];
    };
    const resource = operation.startsWith('GetAuth') ? '*' : arnOf('ecr', `repository/${repositoryNames[0]}`);
    const actions = [operation, ...(tags.length > 0 ? ['TagResource'] : [])];
    return actions.map((action) => ({ action: `ecr:${action}`, resource }));
  },
  AnyScaleFrontendService: (operation) => [
    {
      action: `application-autoscaling:${operation}`,
      resource: arnOf('application-autoscaling', 'scalable-target/one'),
    },
  ],
  GraniteServiceVersion20100801: (operation, { input }) => {
    const { AlarmName, AlarmNames = [AlarmName] } = input as { AlarmName?: string; AlarmNames?: string[] };
    const action = `cloudwatch:${operation}`;
    if (operation === 'DescribeAlarms') return [{ action, resource: '*' }];
    return AlarmNames.map((name) => ({ action, resource: arnOf('cloudwatch', `alarm:${name}`) }));
  },
  ServiceQuotasV20190624: anywhere('servicequotas'),
  AWSPriceListService: anywhere('pricing'),
};

function arnOf(service: string, resource: string): string {
  return `arn:aws:${service}:us-east-1:${accountId}:${resource}`;
}

/** The resources of operations: the type in their ARN by the member with their name. */
const types: Readonly<Record<string, string>> = {
  TrainingJob: 'training-job',
  TransformJob: 'transform-job',
  HyperParameterTuningJob: 'hyper-parameter-tuning-job',
  Model: 'model',
  EndpointConfig: 'endpoint-config',
  Endpoint: 'endpoint',
  NotebookInstance: 'notebook-instance',
  ModelPackageGroup: 'model-package-group',
};

function sagemakerNeeds(operation: string, { input }: Asked, account: Account) {
  const { Tags = [], ResourceArn } = input as { Tags?: Tag[]; ResourceArn?: string };
  const kind = operation.replace(/^(Create|Describe|Update|Delete|Stop|Invoke)/, '');
  // Creating and updating an endpoint needs the permission on its configuration, too.
  const kinds = /^(Create|Update)Endpoint$/.test(operation) ? [kind, 'EndpointConfig'] : [kind];
  const version = input.ModelPackageArn ?? input.ModelPackageName;
  if (kind === 'ModelPackage') {
    const group = String(input.ModelPackageGroupName);
    const resource = String(version ?? arnOf('sagemaker', `model-package/${group}/1`));
    const context = tagsOf(resource.replace(/package\/([^/]+)\/\d+$/, 'package-group/$1'), account);
    return [{ action: `sagemaker:${operation}`, resource, context }];
  }
  const named = kinds.flatMap((one) =>
    types[one] ? arnOf('sagemaker', `${types[one]}/${String(input[`${one}Name`]).toLowerCase()}`) : [],
  );
  const asked = Object.fromEntries(Tags.map(({ Key, Value }) => [`aws:RequestTag/${Key}`, Value]));
  const role = JSON.stringify(input).match(/"(?:Execution)?RoleArn":"([^"]+)"/)?.[1];
  const resources = ResourceArn ? [ResourceArn] : named.length > 0 ? named : ['*'];
  const needs = resources.map((resource) => ({
    action: `sagemaker:${operation}`,
    resource,
    context: { ...asked, ...tagsOf(resource, account) },
  }));
  return [
    ...needs,
    ...(operation.startsWith('Create') && Tags.length > 0
      ? needs.slice(0, 1).map((need) => ({ ...need, action: 'sagemaker:AddTags' }))
      : []),
    ...(operation.startsWith('Create') && role
      ? [
          {
            action: 'iam:PassRole',
            resource: role,
            context: { 'iam:PassedToService': 'sagemaker.amazonaws.com' },
          },
        ]
      : []),
  ];
}

function tagsOf(arn: string, { tags }: Account): Record<string, string> {
  try {
    return Object.fromEntries(tags.get(arn).map(({ Key, Value }) => [`aws:ResourceTag/${Key}`, Value]));
  } catch {
    return {};
  }
}

/** IAM and STS send forms, and sign them for their service. */
function needsOfForm({ headers, input: { Action, RoleName, PolicySourceArn } }: Asked): Need[] {
  const [, service = ''] = /\/(\w+)\/aws4_request/.exec(headers.authorization ?? '') ?? [];
  // This call needs no permission.
  if (Action === 'GetCallerIdentity') return [];
  const role = RoleName && `arn:aws:iam::${accountId}:role/${RoleName}`;
  // moto's user is one of STS.
  const source = PolicySourceArn && String(PolicySourceArn).replace(':sts:', ':iam:');
  return [{ action: `${service}:${Action}`, resource: String(source ?? role ?? '*') }];
}

/** S3's actions by method, for buckets (with the parameter that names a setting) and for objects. */
const s3Actions: Readonly<Record<string, string>> = {
  'PUT bucket': 'CreateBucket',
  'PUT bucket publicAccessBlock': 'PutBucketPublicAccessBlock',
  'PUT bucket encryption': 'PutEncryptionConfiguration',
  'PUT bucket tagging': 'PutBucketTagging',
  'HEAD bucket': 'ListBucket',
  'GET bucket': 'ListBucket',
  'GET bucket uploads': 'ListBucketMultipartUploads',
  'POST bucket delete': 'DeleteObject',
  'HEAD object': 'GetObject',
  'GET object': 'GetObject',
  'PUT object': 'PutObject',
  'POST object': 'PutObject',
  'POST object uploads': 'PutObject',
  'DELETE object': 'AbortMultipartUpload',
};

function needsOfS3({ operation, query, headers }: Asked): Need[] {
  const [, method, bucket, key] = /^(\w+) \/([^/]+)\/?(.*)$/s.exec(operation) ?? [];
  const setting = ['publicAccessBlock', 'encryption', 'tagging', 'uploads', 'delete'].find((one) =>
    query.has(one),
  );
  const name = [method, key ? 'object' : 'bucket', ...(setting ? [setting] : [])].join(' ');
  const action = s3Actions[name];
  if (!action) throw new Error(`The stand-in for IAM does not know ${name}.`);
  const resource = `arn:aws:s3:::${bucket}${key ? `/${decodeURIComponent(key)}` : ''}`;
  const inBucket = action === 'DeleteObject' ? `${resource}/one` : resource;
  const actions = [action, ...(headers['x-amz-tagging'] ? ['PutObjectTagging'] : [])];
  return actions.map((one) => ({ action: `s3:${one}`, resource: inBucket }));
}
