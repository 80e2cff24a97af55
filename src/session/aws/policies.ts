// The least IAM permissions for the workshop: a policy for the notebook's user and one for the role of jobs and endpoints,
// both made from the list of calls in the code. A test compares the list with the calls that were made.
import { registryActions, repositoryActions } from './registry/ecr';

/** The IAM action for each call, by service and operation of the SDK. */
export const calls: Readonly<Record<string, string>> = {
  'STS GetCallerIdentity': 'sts:GetCallerIdentity',
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
  'ECR BatchGetImage': 'ecr:BatchGetImage',
  'ECR GetDownloadUrlForLayer': 'ecr:GetDownloadUrlForLayer',
  'CloudWatch Logs DescribeLogStreams': 'logs:DescribeLogStreams',
  'CloudWatch Logs GetLogEvents': 'logs:GetLogEvents',
  'CloudWatch Logs DeleteLogStream': 'logs:DeleteLogStream',
  'SageMaker CreateTrainingJob': 'sagemaker:CreateTrainingJob',
  'SageMaker DescribeTrainingJob': 'sagemaker:DescribeTrainingJob',
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
  'SageMaker Runtime InvokeEndpoint': 'sagemaker:InvokeEndpoint',
};

/** Actions that IAM also requires: to tag objects, pass the role, and scale in the caller's name. */
const implied = [
  's3:PutObjectTagging',
  'iam:PassRole',
  'iam:CreateServiceLinkedRole',
  'sagemaker:UpdateEndpointWeightsAndCapacities',
  'cloudwatch:PutMetricAlarm',
  'cloudwatch:DescribeAlarms',
  'cloudwatch:DeleteAlarms',
];

/** Actions that IAM cannot restrict to a resource. */
const anywhere = /^(sts|pricing|servicequotas):|^sagemaker:List|^ecr:GetAuthorizationToken$/;

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
  return [...new Set([...Object.values(calls), ...implied, ...publishing])].sort();
}

/** Returns the policy for the notebook's user. Replace REGION, ACCOUNT and ROLE in it. */
export function userPolicy(): Policy {
  const actions = userActions();
  const of = (service: string) =>
    actions.filter((action) => action.startsWith(`${service}:`) && !anywhere.test(action));
  return {
    Version: '2012-10-17',
    Statement: [
      allow(
        'Anywhere',
        actions.filter((action) => anywhere.test(action)),
        '*',
      ),
      allow(
        'Machines',
        of('sagemaker'),
        [
          'training-job/*',
          'transform-job/*',
          'hyper-parameter-tuning-job/*',
          'model/*',
          'endpoint/*',
          'endpoint-config/*',
          'notebook-instance/*',
        ].map((resource) => `arn:aws:sagemaker:REGION:ACCOUNT:${resource}`),
      ),
      allow('Data', of('s3'), bucketResources),
      allow('Images', of('ecr'), 'arn:aws:ecr:REGION:ACCOUNT:repository/sagemaker-text-classification'),
      allow('Logs', of('logs'), 'arn:aws:logs:REGION:ACCOUNT:log-group:/aws/sagemaker/*'),
      allow(
        'Scaling',
        of('application-autoscaling'),
        'arn:aws:application-autoscaling:REGION:ACCOUNT:scalable-target/*',
      ),
      allow('Alarms', of('cloudwatch'), 'arn:aws:cloudwatch:REGION:ACCOUNT:alarm:TargetTracking*'),
      {
        ...allow(
          'ScalingRole',
          ['iam:CreateServiceLinkedRole'],
          'arn:aws:iam::ACCOUNT:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/*',
        ),
        Condition: {
          StringEquals: { 'iam:AWSServiceName': 'sagemaker.application-autoscaling.amazonaws.com' },
        },
      },
      allow('Role', ['iam:GetRole', 'iam:SimulatePrincipalPolicy'], 'arn:aws:iam::ACCOUNT:role/ROLE'),
      {
        ...allow('HandTheRoleOn', ['iam:PassRole'], 'arn:aws:iam::ACCOUNT:role/ROLE'),
        Condition: { StringEquals: { 'iam:PassedToService': 'sagemaker.amazonaws.com' } },
      },
    ],
  };
}

const bucketResources = ['arn:aws:s3:::sagemaker-REGION-ACCOUNT', 'arn:aws:s3:::sagemaker-REGION-ACCOUNT/*'];

/** Returns the policy for the execution role, with which SageMaker reads data, writes artifacts and logs, and pulls images. */
export function executionPolicy(): Policy {
  return {
    Version: '2012-10-17',
    Statement: [
      allow('Data', ['s3:GetObject', 's3:ListBucket', 's3:PutObject'], bucketResources),
      allow(
        'Image',
        ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'],
        'arn:aws:ecr:REGION:ACCOUNT:repository/sagemaker-text-classification',
      ),
      allow('ImagePassword', ['ecr:GetAuthorizationToken'], '*'),
      allow(
        'Logs',
        ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents'],
        'arn:aws:logs:REGION:ACCOUNT:log-group:/aws/sagemaker/*',
      ),
      {
        ...allow('Metrics', ['cloudwatch:PutMetricData'], '*'),
        // Namespaces are case-sensitive. Those of jobs and endpoints start like their logs, such as /aws/sagemaker/TrainingJobs.
        Condition: { StringLike: { 'cloudwatch:namespace': ['/aws/sagemaker/*', 'AWS/SageMaker'] } },
      },
    ],
  };
}

function allow(Sid: string, Action: string[], Resource: string | string[]) {
  return { Sid, Effect: 'Allow' as const, Action, Resource };
}
