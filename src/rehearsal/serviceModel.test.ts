import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { botocoreData, ensureMoto } from './moto';
import { openServiceModel, type RequestCheck } from './serviceModel';

let check: RequestCheck;

before(async () => {
  await ensureMoto();
  check = openServiceModel(botocoreData(), 'sagemaker');
});

const endpoint = { EndpointName: 'name', EndpointConfigName: 'name' };

test('a request that fits the service’s model has no problems', () => {
  assert.deepEqual(check('CreateEndpoint', endpoint), []);
  assert.deepEqual(
    check('CreateEndpoint', { ...endpoint, Tags: [{ Key: 'owner', Value: 'arn:aws:iam::1:user/a' }] }),
    [],
  );
});

for (const [what, operation, input, problem] of [
  [
    'a member that is required',
    'CreateEndpoint',
    { EndpointName: 'name' },
    /required member 'EndpointConfigName'/,
  ],
  ['a pattern', 'CreateEndpoint', { ...endpoint, EndpointName: 'a_b' }, /'EndpointName'.*match/],
  ['a length', 'CreateEndpoint', { ...endpoint, EndpointName: 'a'.repeat(64) }, /at most 63/],
  ['an enum', 'ListTrainingJobs', { StatusEquals: 'Over' }, /'StatusEquals'.*one of/],
  ['a range', 'ListTrainingJobs', { MaxResults: 101 }, /'MaxResults'.*at most 100/],
  ['a type', 'ListTrainingJobs', { MaxResults: '1' }, /of type integer/],
  ['a member of a list', 'CreateEndpoint', { ...endpoint, Tags: [{ Key: '' }] }, /'Value' in 'Tags\[0\]'/],
  ['an unknown member', 'CreateEndpoint', { ...endpoint, Endpoint: 1 }, /Unknown member 'Endpoint'/],
  ['an unknown operation', 'CreateNothing', {}, /no operation CreateNothing/],
] as const) {
  test(`the problem is named: ${what}`, () => {
    assert.match(check(operation, input).join('\n'), problem);
  });
}
