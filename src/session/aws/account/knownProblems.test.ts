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
  10: ['Training job was stopped because of MaxWaitTimeExceeded', 'Interrupted: spot capacity was reclaimed'],
  11: [
    "ResourceLimitExceeded: The account-level service limit 'ml.c5.2xlarge for training job usage' is 0 Instances, with current utilization of 0 Instances and a request delta of 1 Instances.",
  ],
  12: ['ThrottlingException: Rate exceeded'],
  13: [
    'TypeError: util_1.isNullOrUndefined is not a function',
    'libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz: 403',
  ],
  14: ['Deprecated instance type "T2"', 'ValidationException: Deprecated instance type "M4"'],
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
