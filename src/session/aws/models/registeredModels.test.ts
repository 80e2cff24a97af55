// SageMaker's model registry: what is sent, what survives a lost response, and what a clean-up deletes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DescribeModelCommand,
  DescribeModelPackageCommand,
  ListTagsCommand,
  SageMakerClient,
} from '@aws-sdk/client-sagemaker';
import { ledgerFolder, startTrained } from '../../../testing/aws';
import { userError } from '../../../testing/folders';

const limits = { timeout: 120_000 };
const arn = 'arn:aws:sagemaker:us-east-1:123456789012:model-package/headlines-classifier/1';

test('a version leads to its image, artifact and origin, and a model is made from it', limits, async (t) => {
  const { aws, session, job, modelArtifact } = await startTrained(t, { tags: { 'cost-center': '4711' } });
  const model = await session.register(modelArtifact, { description: 'The first.' });
  const sagemaker = new SageMakerClient();
  const described = await sagemaker.send(new DescribeModelPackageCommand({ ModelPackageName: arn }));
  assert.deepEqual(described.InferenceSpecification, {
    Containers: [{ Image: process.env.IMAGE_URI, ModelDataUrl: modelArtifact }],
    SupportedContentTypes: ['application/json', 'application/jsonlines', 'text/csv'],
    SupportedResponseMIMETypes: ['application/json', 'application/jsonlines', 'text/csv'],
  });
  assert.equal(described.ModelPackageDescription, 'The first.');
  const metadata = described.CustomerMetadataProperties ?? {};
  assert.deepEqual([metadata['training-job'], metadata['cost-center']], [job.name, '4711']);
  const ResourceArn = arn.replace('package/', 'package-group/').replace('/1', '');
  const { Tags = [] } = await sagemaker.send(new ListTagsCommand({ ResourceArn }));
  assert.ok(Tags.some(({ Key, Value }) => Key === 'project' && Value === 'sagemaker-text-classification'));

  await model.approve();
  const endpoint = await session.deploy(model, { name: 'registered' });
  const { PrimaryContainer } = await sagemaker.send(new DescribeModelCommand({ ModelName: 'registered' }));
  assert.deepEqual(PrimaryContainer, { ModelPackageName: arn });
  const { model: id = '' } = await endpoint.predict('bank');
  assert.equal((await session.lineage(id)).job, job.name);
  await session.cleanUp();
  assert.equal((await session.registeredModels()).length, 1, 'a result stays');
  const ended = (await session.cleanUp({ data: true })).filter(({ kind }) => kind === 'registered model');
  assert.deepEqual(
    ended.map(({ name }) => name),
    [arn],
  );
  assert.deepEqual(await session.registeredModels(), []);
  assert.deepEqual(aws.rehearsal.account.modelGroups.entries(), []);
});

test('an endpoint whose version was deleted can be extended, but not updated', limits, async (t) => {
  const { session, modelArtifact } = await startTrained(t);
  const model = await session.register(modelArtifact);
  await model.approve();
  const endpoint = await session.deploy(model, { name: 'registered' });
  await model.delete();
  assert.match(await endpoint.extend(2), /in 2 hours/);
  await assert.rejects(
    endpoint.update(modelArtifact),
    userError('has been deleted', 'Deploy the new artifact to an endpoint of its own'),
  );
  assert.ok((await endpoint.predict('bank')).result);
  await session.cleanUp();
});

test('a lost response registers no second version, nor a second group', limits, async (t) => {
  const { aws, folder, session, modelArtifact } = await startTrained(t);
  const lost = new Set<string>();
  aws.fault = (operation) => {
    if (!/\.CreateModelPackage(Group)?$/.test(operation) || lost.has(operation)) return undefined;
    lost.add(operation);
    return 'lost';
  };
  await session.register(modelArtifact);
  assert.equal(lost.size, 2);
  assert.deepEqual(
    (await session.registeredModels()).map(({ version }) => version),
    [1],
  );
  // Another ledger does not have it, so that a clean-up of its data leaves it.
  await aws.open(await ledgerFolder(t)).cleanUp({ data: true });
  assert.equal((await aws.open(folder).registeredModels()).length, 1);
});
