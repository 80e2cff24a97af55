// An organisation around the rehearsal's account: its service control policy denies every Create call without a VPC, keys,
// encryption, network isolation, a time limit and the organisation's tag.
import type { Asked, Authorize } from './http/denial';
import { refusal } from './permissions';
import { accountId } from './runs/arn';
import type { Tag } from './services/tags';

const key = `arn:aws:kms:us-east-1:${accountId}:key/00000000-0000-0000-0000-000000000000`;

/** The options that fulfil the policy, such as an administrator writes to a file of defaults. */
export const demandedOptions = {
  vpc: { subnets: ['subnet-1', 'subnet-2'], securityGroups: ['sg-1'] },
  kmsKey: key,
  outputKmsKey: `${key.slice(0, -1)}1`,
  networkIsolation: true,
  interContainerEncryption: true,
  tags: { 'cost-center': '4711' },
};

const ofModel = ['VpcConfig.Subnets', 'VpcConfig.SecurityGroupIds', 'EnableNetworkIsolation'];
const ofJob = [
  ...ofModel,
  'ResourceConfig.VolumeKmsKeyId',
  'OutputDataConfig.KmsKeyId',
  'EnableInterContainerTrafficEncryption',
  'StoppingCondition.MaxRuntimeInSeconds',
];

/** Paths into the input of each operation that must be sent, beside the tag. */
const demanded: Readonly<Record<string, readonly string[]>> = {
  'SageMaker.CreateTrainingJob': ofJob,
  'SageMaker.CreateHyperParameterTuningJob': ofJob.map((path) => `TrainingJobDefinition.${path}`),
  'SageMaker.CreateModel': ofModel,
  'SageMaker.CreateTransformJob': ['TransformResources.VolumeKmsKeyId', 'TransformOutput.KmsKeyId'],
  'SageMaker.CreateEndpointConfig': ['KmsKeyId', 'DataCaptureConfig.KmsKeyId'],
  'SageMaker.CreateEndpoint': [],
  'AmazonEC2ContainerRegistry_V20150921.CreateRepository': ['encryptionConfiguration.kmsKey'],
};

/** Denies a request that lacks something. */
export const authorizeInOrganisation: Authorize = (asked) => {
  const missing = demanded[asked.operation] ? missingInJson(asked) : missingInS3(asked);
  if (missing.length === 0) return undefined;
  const [service, operation] = asked.operation.split('.');
  const ofJson = service === 'SageMaker' ? `sagemaker:${operation}` : `ecr:${operation}`;
  const action = demanded[asked.operation] ? ofJson : 's3:PutObject';
  const why = `with an explicit deny in a service control policy: it lacks ${missing.join(', ')}`;
  return refusal({ action, resource: '*' }, why);
};

function missingInJson({ operation, input }: Asked): string[] {
  const paths = (demanded[operation] ?? []).filter((path) => {
    // Without data capture there is no data to encrypt.
    if (path.startsWith('DataCaptureConfig') && !input.DataCaptureConfig) return false;
    return !valueAt(input, path.split('.'));
  });
  const tags = (input.Tags ?? input.tags ?? []) as Tag[];
  const [[name, value] = []] = Object.entries(demandedOptions.tags);
  const isTagged = tags.some(({ Key, Value }) => Key === name && Value === value);
  return [...paths, ...(isTagged ? [] : [`the tag ${name}`])];
}

function valueAt(value: unknown, [name, ...rest]: readonly string[]): unknown {
  if (name === undefined || typeof value !== 'object' || value === null) return value;
  return valueAt((value as Record<string, unknown>)[name], rest);
}

/** Uploads need a key: its parts have it from their beginning. */
function missingInS3({ operation, query, headers }: Asked): string[] {
  const begins = /^PUT /.test(operation) ? !query.has('partNumber') : query.has('uploads');
  const isUpload = /^(PUT|POST) \/[^/]+\/./.test(operation) && begins;
  return isUpload && !headers['x-amz-server-side-encryption-aws-kms-key-id'] ? ['a KMS key'] : [];
}
