import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { userError } from '../../../testing/folders';
import { explainAwsError } from './errors';
import { findRemedy, knownProblems } from './knownProblems';

/** Texts of services, containers and programs, by the numbers of the table in docs/aws.md. */
const words: Record<number, string[]> = {
  1: [
    'Unsupported manifest media type application/vnd.oci.image.index.v1+json for image 1.dkr.ecr.us-east-1.amazonaws.com/x',
  ],
  2: [
    'exec /usr/local/bin/start: exec format error',
    'standard_init_linux.go:219: exec user process caused: exec format error',
  ],
  3: [
    'The primary container for production variant AllTraffic did not pass the ping health check. Please check CloudWatch logs for this endpoint.',
  ],
  4: [
    'exec: "train": executable file not found in $PATH',
    'exec: "/opt/program/serve": permission denied: unknown',
    String.raw`/usr/bin/env: 'node\r': No such file or directory`,
  ],
  5: [
    'User: arn:aws:sts::1:assumed-role/R/S is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:us-east-1:1:repository/x',
    'no basic auth credentials',
  ],
  6: ['Notebook Instance Lifecycle Config took longer than 5 minutes'],
  7: ['Error: docker-compose is not installed', 'bind: address already in use'],
  8: ['Cannot create already existing endpoint "arn:aws:sagemaker:us-east-1:1:endpoint/x".'],
  9: [String.raw`invalid architecture \"mlp\"`],
  10: ['Interrupted: spot capacity was reclaimed'],
  11: [
    "ResourceLimitExceeded: The account-level service limit 'ml.c5.2xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances.",
  ],
  12: ['ThrottlingException: Rate exceeded'],
  13: [
    'TypeError: util_1.isNullOrUndefined is not a function',
    'libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz: 403',
  ],
  14: ['Deprecated instance type "T2"', 'ValidationException: Deprecated instance type "M4"'],
  15: [
    'CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type.',
    "EC2InsufficientCapacityError: Instance type 'ml.g5.48xlarge' is temporarily unavailable in supported availability zones [euw1-az1]. Try again in a few minutes, or try a different instance type.",
  ],
  16: [
    "Could not assume role arn:aws:iam::1:role/Worker. Please ensure that the role exists and allows principal 'sagemaker.amazonaws.com' to assume the role.",
    "ClientError: SageMaker was unable to assume the role 'arn:aws:iam::1:role/Worker'",
    "ClientError: TrainingHostAgent Initialization failed:InvalidInputException: SageMaker is unable to perform: sts:AssumeRole on the role. Check if you have a trust relationship for 'sagemaker.amazonaws.com' to assume the role.",
  ],
  17: [
    'The repository of your image 1.dkr.ecr.eu-west-2.amazonaws.com/x:1 does not grant ecr:GetDownloadUrlForLayer, ecr:BatchGetImage, ecr:BatchCheckLayerAvailability permission to sagemaker.amazonaws.com service principal.',
    "The role 'arn:aws:iam::1:role/test-role' does not have BatchGetImage permission for the image: '1.dkr.ecr.us-east-1.amazonaws.com/x:1'.",
    'ClientError: Cannot pull algorithm container. Either the image does not exist or its permissions are incorrect.',
    'User: arn:aws:sts::1:assumed-role/R/S is not authorized to perform: ecr:BatchGetImage on resource: arn:aws:ecr:me-central-1:2:repository/x because no resource-based policy allows the ecr:BatchGetImage action',
  ],
  18: [
    'AlgorithmError: , exit code: 137',
    'AlgorithmError: Exit Code: 137',
    "Training failed, exit code '137'",
  ],
  19: [
    'User: arn:aws:sts::1:assumed-role/R/SageMaker is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:us-east-1:1:key/k because no identity-based policy allows the kms:GenerateDataKey action',
    'The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.',
    'KMS.DisabledException: arn:aws:kms:us-east-1:1:key/k is disabled.',
  ],
  20: [
    "ClientError: Data download failed:Please ensure that the subnet's route table has a route to an S3 VPC endpoint or a NAT device, and both the security groups and the subnet's network ACL allow outbound traffic to S3.",
  ],
  21: ['Image size 13494688833 is greater than supported size 10737418240'],
  22: [
    'User: arn:aws:sts::1:assumed-role/R/S is not authorized to perform: sagemaker:CreateTrainingJob on resource: arn:aws:sagemaker:us-east-1:1:training-job/x with an explicit deny in a service control policy: arn:aws:organizations::2:policy/o-y/service_control_policy/p-k',
    'User: arn:aws:sts::1:assumed-role/R/S is not authorized to perform: ecr:CreateRepository on resource: arn:aws:ecr:us-east-1:1:repository/x with an explicit deny in a service control policy',
  ],
  23: [
    'STS is not activated in this region for account:123456789012. Your account administrator can activate STS in this region using the IAM Console.',
    'OptInRequired: The AWS Access Key Id needs a subscription for the service',
  ],
  24: ['MaxWaitTimeExceeded'],
  25: ['InternalServerError: We encountered an internal error. Please try again.'],
};

for (const { number, remedy } of knownProblems) {
  test(`known problem ${number} is recognised by its text`, () => {
    const known = words[number] ?? [];
    assert.ok(known.length > 0);
    for (const text of known) assert.equal(findRemedy(text), remedy, text);
  });
}

test('a text without a known problem has no remedy', () => {
  for (const text of ['', 'epoch=1 loss=0.5', 'The model artifact is written.']) {
    assert.equal(findRemedy(text), undefined);
  }
});

for (const { number, remedy } of knownProblems) {
  test(`known problem ${number} in an error of a service keeps the error’s message and request id`, () => {
    for (const text of words[number] ?? []) {
      const error = Object.assign(new Error(text), {
        name: 'ValidationException',
        $metadata: { requestId: 'r-1' },
      });
      // Callers handle a taken name themselves; faults.test.ts has their messages.
      const explained = explainAwsError(error, 'SageMaker', 'None.');
      if (number === 8) assert.equal(explained, error);
      else {
        userError(remedy, text, '(request r-1)')(explained as Error);
        assert.equal((explained as Error).cause, error);
      }
    }
  });
}

test('what a service control policy denies is not asked for as a missing permission', () => {
  for (const text of words[22] ?? []) {
    const { message } = explainAwsError(new Error(text), 'SageMaker', 'None.') as Error;
    assert.match(
      message,
      /is denied to arn:aws:sts::1:assumed-role\/R\/S on arn:aws:\S+[^:]\. Your organisation forbids/,
    );
    assert.doesNotMatch(message, /Have it added/);
  }
});

test('the message for an error of a service keeps the error’s own message and request id', () => {
  const error = Object.assign(
    new Error("The account-level service limit 'ml.c5.2xlarge for training job usage' is 0"),
    {
      name: 'ResourceLimitExceeded',
      $metadata: { requestId: 'r-1' },
    },
  );
  const { message } = explainAwsError(error, 'SageMaker', 'None.') as Error;
  for (const part of ['Service Quotas console', 'ml.c5.2xlarge for training job usage', '(request r-1)']) {
    assert.ok(message.includes(part), message);
  }
});

test('docs/aws.md lists every known problem by its number', () => {
  const page = readFileSync(join(__dirname, '..', '..', '..', '..', 'docs', 'aws.md'), 'utf8');
  for (const { number } of knownProblems) assert.match(page, new RegExp(`^\\| ${number} \\|`, 'm'));
});
