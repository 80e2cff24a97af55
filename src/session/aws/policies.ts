// The least IAM permissions for the workshop: a policy for the notebook's user and one for the role of jobs and endpoints,
// both made from the list of calls in the code. A test compares the list with the calls that were made.
import { namePrefix } from '../contract/names';
import { projectTag } from './account/context';
import { alarmPrefix } from './endpoint/alarms';
import { schedulePrefix, usualSwitchOffRole } from './endpoint/switchOff';
import { registryActions, repositoryActions } from './registry/ecr';

/** The IAM action for each call, by service and operation of the SDK; empty for the one that needs no permission. */
export const calls: Readonly<Record<string, string>> = {
  'STS GetCallerIdentity': '',
  'IAM GetRole': 'iam:GetRole',
  'IAM SimulatePrincipalPolicy': 'iam:SimulatePrincipalPolicy',
  'Pricing GetProducts': 'pricing:GetProducts',
  'Service Quotas ListServiceQuotas': 'servicequotas:ListServiceQuotas',
  'S3 HeadBucket': 's3:ListBucket',
  'S3 CreateBucket': 's3:CreateBucket',
  'S3 PutPublicAccessBlock': 's3:PutBucketPublicAccessBlock',
  'S3 PutBucketEncryption': 's3:PutEncryptionConfiguration',
  'S3 PutBucketTagging': 's3:PutBucketTagging',
  'S3 ListObjectsV2': 's3:ListBucket',
  'S3 HeadObject': 's3:GetObject',
  'S3 GetObject': 's3:GetObject',
  'S3 PutObject': 's3:PutObject',
  'S3 CreateMultipartUpload': 's3:PutObject',
  'S3 UploadPart': 's3:PutObject',
  'S3 CompleteMultipartUpload': 's3:PutObject',
  'S3 AbortMultipartUpload': 's3:AbortMultipartUpload',
  'S3 ListMultipartUploads': 's3:ListBucketMultipartUploads',
  'S3 DeleteObjects': 's3:DeleteObject',
  'CloudWatch PutMetricAlarm': 'cloudwatch:PutMetricAlarm',
  'CloudWatch DescribeAlarms': 'cloudwatch:DescribeAlarms',
  'CloudWatch DeleteAlarms': 'cloudwatch:DeleteAlarms',
  'ECR BatchGetImage': 'ecr:BatchGetImage',
  'ECR DescribeImages': 'ecr:DescribeImages',
  'ECR BatchDeleteImage': 'ecr:BatchDeleteImage',
  'ECR GetDownloadUrlForLayer': 'ecr:GetDownloadUrlForLayer',
  'CloudWatch Logs DescribeLogStreams': 'logs:DescribeLogStreams',
  'CloudWatch Logs GetLogEvents': 'logs:GetLogEvents',
  'CloudWatch Logs DeleteLogStream': 'logs:DeleteLogStream',
  'CloudWatch Logs CreateLogGroup': 'logs:CreateLogGroup',
  'CloudWatch Logs PutRetentionPolicy': 'logs:PutRetentionPolicy',
  'SageMaker CreateTrainingJob': 'sagemaker:CreateTrainingJob',
  'SageMaker DescribeTrainingJob': 'sagemaker:DescribeTrainingJob',
  'SageMaker UpdateTrainingJob': 'sagemaker:UpdateTrainingJob',
  'SageMaker StopTrainingJob': 'sagemaker:StopTrainingJob',
  'SageMaker DeleteTrainingJob': 'sagemaker:DeleteTrainingJob',
  'SageMaker ListTrainingJobs': 'sagemaker:ListTrainingJobs',
  'SageMaker CreateTransformJob': 'sagemaker:CreateTransformJob',
  'SageMaker DescribeTransformJob': 'sagemaker:DescribeTransformJob',
  'SageMaker StopTransformJob': 'sagemaker:StopTransformJob',
  'SageMaker ListTransformJobs': 'sagemaker:ListTransformJobs',
  'SageMaker CreateHyperParameterTuningJob': 'sagemaker:CreateHyperParameterTuningJob',
  'SageMaker DescribeHyperParameterTuningJob': 'sagemaker:DescribeHyperParameterTuningJob',
  'SageMaker ListTrainingJobsForHyperParameterTuningJob':
    'sagemaker:ListTrainingJobsForHyperParameterTuningJob',
  'SageMaker StopHyperParameterTuningJob': 'sagemaker:StopHyperParameterTuningJob',
  'SageMaker DeleteHyperParameterTuningJob': 'sagemaker:DeleteHyperParameterTuningJob',
  'SageMaker ListHyperParameterTuningJobs': 'sagemaker:ListHyperParameterTuningJobs',
  'SageMaker CreateModel': 'sagemaker:CreateModel',
  'SageMaker DescribeModel': 'sagemaker:DescribeModel',
  'SageMaker DeleteModel': 'sagemaker:DeleteModel',
  'SageMaker CreateModelPackageGroup': 'sagemaker:CreateModelPackageGroup',
  'SageMaker DeleteModelPackageGroup': 'sagemaker:DeleteModelPackageGroup',
  'SageMaker CreateModelPackage': 'sagemaker:CreateModelPackage',
  'SageMaker DescribeModelPackage': 'sagemaker:DescribeModelPackage',
  'SageMaker UpdateModelPackage': 'sagemaker:UpdateModelPackage',
  'SageMaker DeleteModelPackage': 'sagemaker:DeleteModelPackage',
  'SageMaker ListModelPackages': 'sagemaker:ListModelPackages',
  'SageMaker ListModels': 'sagemaker:ListModels',
  'SageMaker CreateEndpointConfig': 'sagemaker:CreateEndpointConfig',
  'SageMaker DescribeEndpointConfig': 'sagemaker:DescribeEndpointConfig',
  'SageMaker DeleteEndpointConfig': 'sagemaker:DeleteEndpointConfig',
  'SageMaker ListEndpointConfigs': 'sagemaker:ListEndpointConfigs',
  'SageMaker CreateEndpoint': 'sagemaker:CreateEndpoint',
  'SageMaker UpdateEndpoint': 'sagemaker:UpdateEndpoint',
  'SageMaker DescribeEndpoint': 'sagemaker:DescribeEndpoint',
  'SageMaker DeleteEndpoint': 'sagemaker:DeleteEndpoint',
  'SageMaker ListEndpoints': 'sagemaker:ListEndpoints',
  'SageMaker DescribeNotebookInstance': 'sagemaker:DescribeNotebookInstance',
  'SageMaker ListNotebookInstances': 'sagemaker:ListNotebookInstances',
  'SageMaker AddTags': 'sagemaker:AddTags',
  'SageMaker ListTags': 'sagemaker:ListTags',
  'Application Auto Scaling RegisterScalableTarget': 'application-autoscaling:RegisterScalableTarget',
  'Application Auto Scaling PutScalingPolicy': 'application-autoscaling:PutScalingPolicy',
  'Application Auto Scaling DeregisterScalableTarget': 'application-autoscaling:DeregisterScalableTarget',
  'Scheduler CreateSchedule': 'scheduler:CreateSchedule',
  'Scheduler UpdateSchedule': 'scheduler:UpdateSchedule',
  'Scheduler GetSchedule': 'scheduler:GetSchedule',
  'Scheduler DeleteSchedule': 'scheduler:DeleteSchedule',
  'Scheduler ListSchedules': 'scheduler:ListSchedules',
  'SageMaker Runtime InvokeEndpoint': 'sagemaker:InvokeEndpoint',
};

/** Actions that IAM also requires: to tag objects, pass roles, scale in the caller's name, and switch endpoints off. */
const implied = [
  's3:PutObjectTagging',
  'iam:PassRole',
  'iam:CreateServiceLinkedRole',
  'sagemaker:UpdateEndpointWeightsAndCapacities',
];

/** Actions that the workshop does without, and what each gives. AmazonSageMakerFullAccess lacks exactly these. */
export const optionalActions: Readonly<Record<string, string>> = {
  'ecr:TagResource': 'tags on a new repository',
  'iam:GetRole': 'a role given by its name alone, and the check of its trust policy',
  'iam:SimulatePrincipalPolicy': 'the check of permissions before you start',
  'logs:DeleteLogStream': 'the log of a job goes when the job is deleted',
  'logs:PutRetentionPolicy': 'the log lines of an endpoint end after `logDays`',
  'pricing:GetProducts': 'AWS’s current price before each billed call',
  's3:ListBucketMultipartUploads': 'cleanUp() ends interrupted uploads',
  's3:PutBucketPublicAccessBlock': 'a new bucket that can never be made public',
  's3:PutBucketTagging': 'tags on a new bucket',
  's3:PutEncryptionConfiguration': 'a key of your own for a new bucket',
  's3:PutObjectTagging': 'tags on uploaded files',
  'scheduler:CreateSchedule': 'endpoints that end on their own; without it, deploy with SWITCH_OFF=none',
  'scheduler:DeleteSchedule': 'the switch-off goes with its endpoint',
  'scheduler:GetSchedule': 'cleanUp() deletes the ends of endpoints that are gone',
  'scheduler:ListSchedules': 'cleanUp() finds the ends of endpoints that are gone',
  'scheduler:UpdateSchedule': 'a later end of an endpoint',
  'servicequotas:ListServiceQuotas': 'the check of quotas before you start',
};

/** Actions that IAM cannot restrict to a resource. */
const anywhere =
  /^(pricing|servicequotas):|^(sagemaker|scheduler):List|^ecr:GetAuthorizationToken$|^cloudwatch:Describe/;

export interface Policy {
  Version: '2012-10-17';
  Statement: {
    Sid: string;
    Effect: 'Allow';
    Action: string[];
    Resource: string | string[];
    Condition?: Record<string, Record<string, string | string[]>>;
  }[];
}

/** Returns all actions of the user, sorted. */
export function userActions(): string[] {
  const publishing = [...repositoryActions, ...registryActions];
  return [...new Set([...Object.values(calls), ...implied, ...publishing])].filter(Boolean).sort();
}

/** Returns the policy for the notebook's user. Replace PARTITION, REGION, ACCOUNT and ROLE in it. */
export function userPolicy(): Policy {
  const actions = userActions();
  const of = (service: string, verb = /^/) =>
    actions.filter((action) => {
      const [prefix, name = ''] = action.split(':');
      return prefix === service && verb.test(name) && !anywhere.test(action);
    });
  const changes = of('sagemaker', /^(?!Create|Describe)/);
  return policy(
    allow(
      'Anywhere',
      actions.filter((action) => anywhere.test(action)),
      '*',
    ),
    allow('Look', of('sagemaker', /^Describe/), `${sagemaker}:*`),
    allow('Create', [...of('sagemaker', /^Create(?!ModelPackage$)/), 'sagemaker:AddTags'], `${sagemaker}:*`, {
      StringEquals: { [`aws:RequestTag/${projectTag.Key}`]: projectTag.Value },
    }),
    // A version of a model has no tags of its own.
    allow(
      'CreateVersion',
      ['sagemaker:CreateModelPackage'],
      ['model-package-group', 'model-package'].map((type) => `${sagemaker}:${type}/${namePrefix}-*`),
    ),
    allow('Change', changes, `${sagemaker}:*`, {
      StringEquals: { [`aws:ResourceTag/${projectTag.Key}`]: projectTag.Value },
    }),
    // Deleting again what is gone: it has no tags.
    allow('ChangeByName', changes, `${sagemaker}:*/${namePrefix}-*`),
    allow('Data', of('s3'), bucketResources),
    allow('Images', of('ecr'), repository),
    allow('Logs', of('logs'), logs),
    allow(
      'Scaling',
      of('application-autoscaling'),
      'arn:PARTITION:application-autoscaling:REGION:ACCOUNT:scalable-target/*',
    ),
    // Those of the scaling, and the workshop's own.
    allow('Alarms', of('cloudwatch'), [`${alarms}:TargetTracking*`, `${alarms}:${alarmPrefix}*`]),
    allow(
      'ScalingRole',
      ['iam:CreateServiceLinkedRole'],
      `${roles}/aws-service-role/${scaling}/AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint`,
      {
        StringEquals: { 'iam:AWSServiceName': scaling },
      },
    ),
    // Yours and the execution role's.
    allow(
      'Identities',
      ['iam:GetRole', 'iam:SimulatePrincipalPolicy'],
      [`${roles}/*`, 'arn:PARTITION:iam::ACCOUNT:user/*'],
    ),
    allow('PassTheRole', ['iam:PassRole'], `${roles}/ROLE`, {
      StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' },
    }),
    allow(
      'SwitchOff',
      of('scheduler'),
      `arn:PARTITION:scheduler:REGION:ACCOUNT:schedule/default/${schedulePrefix}*`,
    ),
    allow('PassTheSwitchOffRole', ['iam:PassRole'], `${roles}/${usualSwitchOffRole}`, {
      StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    }),
  );
}

const sagemaker = 'arn:PARTITION:sagemaker:REGION:ACCOUNT';
const roles = 'arn:PARTITION:iam::ACCOUNT:role';
const scaling = 'sagemaker.application-autoscaling.amazonaws.com';
const bucketResources = [
  'arn:PARTITION:s3:::sagemaker-REGION-ACCOUNT',
  'arn:PARTITION:s3:::sagemaker-REGION-ACCOUNT/*',
];
const alarms = 'arn:PARTITION:cloudwatch:REGION:ACCOUNT:alarm';
const repository = 'arn:PARTITION:ecr:REGION:ACCOUNT:repository/sagemaker-text-classification';
const logs = 'arn:PARTITION:logs:REGION:ACCOUNT:log-group:/aws/sagemaker/*';

/** Returns the policy for the execution role, with which SageMaker reads data, writes artifacts and logs, and pulls images. */
export function executionPolicy(): Policy {
  return policy(
    allow('Data', ['s3:GetObject', 's3:ListBucket', 's3:PutObject'], bucketResources),
    allow(
      'Image',
      ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
      repository,
    ),
    allow('ImagePassword', ['ecr:GetAuthorizationToken'], '*'),
    allow(
      'Logs',
      ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
      logs,
    ),
    allow('Metrics', ['cloudwatch:PutMetricData'], '*', {
      // Namespaces are case-sensitive. Those of jobs and endpoints start like their logs, such as /aws/sagemaker/TrainingJobs.
      StringLike: { 'cloudwatch:namespace': ['/aws/sagemaker/*', 'AWS/SageMaker'] },
    }),
  );
}

/** Returns the policy for the role with which EventBridge Scheduler deletes an endpoint. */
export function switchOffPolicy(): Policy {
  return policy(
    allow('ByName', ['sagemaker:DeleteEndpoint'], `${sagemaker}:endpoint/${namePrefix}-*`),
    allow('ByTag', ['sagemaker:DeleteEndpoint'], `${sagemaker}:endpoint/*`, {
      StringEquals: { [`aws:ResourceTag/${projectTag.Key}`]: projectTag.Value },
    }),
  );
}

/** Replaces the words in capitals in a policy, here with names of another kind of template, such as ${AWS::Region}. */
export function fill(policy: Policy, names: Readonly<Record<string, string>>): Policy {
  const text = Object.entries(names).reduce(
    (filled, [word, name]) => filled.replaceAll(word, name),
    JSON.stringify(policy),
  );
  return JSON.parse(text) as Policy;
}

function policy(...Statement: Policy['Statement']): Policy {
  return { Version: '2012-10-17', Statement };
}

function allow(
  Sid: string,
  Action: string[],
  Resource: string | string[],
  Condition?: Record<string, Record<string, string | string[]>>,
) {
  return { Sid, Effect: 'Allow' as const, Action, Resource, ...(Condition && { Condition }) };
}
