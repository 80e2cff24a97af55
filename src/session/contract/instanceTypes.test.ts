// The platforms of instance types, for all types that the AWS SDK knows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ProductionVariantInstanceType,
  TrainingInstanceType,
  TransformInstanceType,
} from '@aws-sdk/client-sagemaker';
import { platformOf } from './instanceTypes';

const familiesOn = (platform: string, types: Record<string, string>) => [
  ...new Set(
    Object.values(types)
      .filter((type) => platformOf(type) === platform)
      .map((type) => type.split('.')[1]),
  ),
];

test('endpoints on Graviton instances need linux/arm64, all other machines linux/amd64', () => {
  const graviton = 'c6g c6gd c6gn c7g c8g m6g m6gd m8g r6g r6gd r7gd r8g'.split(' ');
  assert.deepEqual(familiesOn('linux/arm64', ProductionVariantInstanceType).sort(), graviton);
  assert.ok(familiesOn('linux/amd64', ProductionVariantInstanceType).includes('g4dn'));
  assert.deepEqual(familiesOn('linux/arm64', { ...TrainingInstanceType, ...TransformInstanceType }), []);
});
