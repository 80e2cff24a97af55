// publishImage with a real engine, a real registry under ECR's name, and moto for ECR's API, over images of a few
// kilobytes; the last one is the workshop's own. What fails: publishFailures.test.ts and ecr.test.ts.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ListTagsForResourceCommand,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import { writeHeadlines } from '../../../data/headlines';
import { buildImage, findImage } from '../../../image/build/buildImage';
import { docker, whyNoDocker } from '../../../testing/docker';
import { createImage, newRepository, password, pullImage, startEcr, whyNoEcr } from '../../../testing/ecr';
import { atEnd, createCorpus, setEnvironment, temporaryFolder } from '../../../testing/folders';
import { openDockerSession } from '../../docker/session';
import { connectEcr, repositoryActions } from './ecr';
import { publishImage } from './publishImage';

const quiet = { onProgress: () => undefined };

async function idOf(name: string): Promise<string | undefined> {
  return (await findImage(name))?.id;
}

/** The names by tag and by digest. */
function namesOf(image: string): string[] {
  const format = ['RepoTags', 'RepoDigests']
    .map((field) => `{{range .${field}}}{{println .}}{{end}}`)
    .join('');
  return docker('image', 'inspect', '--format', format, image).output.split('\n').filter(Boolean);
}

/** What moto's IAM answers: XML. */
async function askIam(Action: string, parameters: Record<string, string>): Promise<string> {
  const scope = 'Credential=test/20260101/us-east-1/iam/aws4_request';
  const response = await fetch(process.env.AWS_ENDPOINT_URL as string, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=none` },
    body: new URLSearchParams({ Action, Version: '2010-05-08', ...parameters }),
  });
  return await response.text();
}

function readTag(xml: string, tag: string): string {
  return new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(xml)?.[1] ?? '';
}

/** This process acts as a user with that policy alone, and moto enforces it. */
async function becomeUserWith(t: TestContext, PolicyArn: string): Promise<void> {
  const UserName = 'workshop';
  await askIam('CreateUser', { UserName });
  await askIam('AttachUserPolicy', { UserName, PolicyArn });
  const key = await askIam('CreateAccessKey', { UserName });
  setEnvironment(t, {
    AWS_ACCESS_KEY_ID: readTag(key, 'AccessKeyId'),
    AWS_SECRET_ACCESS_KEY: readTag(key, 'SecretAccessKey'),
  });
  const enforce = (after: string) =>
    fetch(`${process.env.AWS_ENDPOINT_URL}/moto-api/reset-auth`, { method: 'POST', body: after });
  await enforce('0');
  atEnd(t, () => enforce('inf'));
}

/** The actions that a managed policy allows, with * as it stands there. */
async function readPolicy(PolicyArn: string): Promise<string[]> {
  const VersionId = readTag(await askIam('GetPolicy', { PolicyArn }), 'DefaultVersionId');
  const version = await askIam('GetPolicyVersion', { PolicyArn, VersionId });
  const document = JSON.parse(decodeURIComponent(readTag(version, 'Document'))) as {
    Statement: { Action: string | string[] }[];
  };
  return document.Statement.flatMap(({ Action }) => Action);
}

test('publishImage()', { skip: whyNoEcr() }, async (t) => {
  const ecr = await startEcr(t);
  const { api, registry, client } = ecr;

  await ecr.test('the image that is pulled by the digest is the one that was pushed', async (t) => {
    const image = await createImage(t, [1000, 500_000]);
    const repositoryName = image.replace(':1', '');
    const lines: string[] = [];
    const published = await publishImage(image, { onProgress: (now) => lines.push(...now) });

    const described = await client.send(
      new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }),
    );
    const [repository] = described.repositories ?? [];
    assert.equal(published.repositoryUri, repository?.repositoryUri);
    assert.equal(repository?.imageScanningConfiguration?.scanOnPush, true);
    const resourceArn = repository.repositoryArn;
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
    assert.deepEqual(tags, [{ Key: 'project', Value: 'sagemaker-text-classification' }]);

    const { imageDetails } = await client.send(new DescribeImagesCommand({ repositoryName }));
    assert.equal(published.digest, imageDetails?.[0]?.imageDigest);
    assert.deepEqual(imageDetails?.[0]?.imageTags, ['1']);
    assert.equal(published.uri, `${published.repositoryUri}@${published.digest}`);
    assert.equal(published.isNew, true);
    assert.ok(published.sizeInBytes > 501_000 && published.sizeInBytes < 510_000, `${published.sizeInBytes}`);
    assert.ok(lines.includes('pushed: 2 layer(s)'), lines.join('\n'));

    const id = (await idOf(image)) as string;
    docker('rmi', image);
    assert.equal(await idOf(id), undefined);
    await pullImage(t, published.uri);
    assert.equal(await idOf(published.uri), id);
  });

  await ecr.test('what is there unchanged is not pushed again, nor is a password asked for', async (t) => {
    const image = await createImage(t);
    const first = await publishImage(image, quiet);
    registry.requests.length = 0;
    api.requests.length = 0;
    const lines: string[] = [];
    const again = await publishImage(image, { onProgress: (now) => lines.push(...now) });
    assert.deepEqual(again, { ...first, isNew: false });
    assert.deepEqual(registry.requests, []);
    assert.deepEqual(api.requests, ['POST / DescribeRepositories', 'POST / BatchGetImage']);
    assert.match(lines.join('\n'), /already there: 1, 0\.0 MB/);
  });

  await ecr.test('options choose repository, tag and tags; a tag moves on to the next image', async (t) => {
    const repository = `team/${newRepository()}`;
    const options = { ...quiet, repository, tag: 'newest', tags: { team: 'news' } };
    const one = await publishImage(await createImage(t), options);
    const two = await publishImage(await createImage(t), options);
    assert.ok(one.repositoryUri.endsWith(`/${repository}`));
    assert.equal(two.tag, 'newest');
    assert.notEqual(one.digest, two.digest);
    const imageIds = [{ imageTag: 'newest' }];
    const { imageDetails } = await client.send(
      new DescribeImagesCommand({ repositoryName: repository, imageIds }),
    );
    assert.equal(imageDetails?.[0]?.imageDigest, two.digest);
    await pullImage(t, one.uri);
  });

  await ecr.test('a role with more than that policy may push to any repository', async (t) => {
    const repository = newRepository().replace('sagemaker', 'headlines');
    const options = { ...quiet, repository, anyRepository: true };
    const { repositoryUri } = await publishImage(await createImage(t), options);
    assert.ok(repositoryUri.endsWith(`/${repository}`));
  });

  await ecr.test('what ECR has as an OCI image, which SageMaker refuses, is pushed again', async (t) => {
    const image = await createImage(t);
    const first = await publishImage(image, quiet);
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const manifest = {
      schemaVersion: 2,
      mediaType,
      config: { digest: await idOf(image), size: 1 },
      layers: [],
    };
    await client.send(
      new PutImageCommand({
        repositoryName: image.replace(':1', ''),
        imageTag: '1',
        imageManifest: JSON.stringify(manifest),
      }),
    );
    const again = await publishImage(image, quiet);
    assert.equal(again.isNew, true);
    assert.equal(again.digest, first.digest);
  });

  await ecr.test('the engine’s names are afterwards as they were', async (t) => {
    const [image, other] = [await createImage(t), await createImage(t)];
    const repository = newRepository();
    const { repositoryUri } = await publishImage(image, { ...quiet, repository, tag: '1' });
    assert.deepEqual(namesOf(image), [image]);

    const taken = `${repositoryUri}:2`;
    docker('tag', other, taken);
    atEnd(t, () => docker('rmi', taken));
    await publishImage(image, { ...quiet, repository, tag: '2' });
    assert.deepEqual(namesOf(image), [image]);
    assert.equal(await idOf(taken), await idOf(other));
  });

  await ecr.test('an image with no other name keeps the one that it was published under', async (t) => {
    const [image, other] = [await createImage(t), await createImage(t)];
    const id = (await idOf(image)) as string;
    docker('tag', other, image);
    atEnd(t, () => docker('rmi', '--force', id));
    const options = { ...quiet, repository: newRepository(), tag: '3' };
    for (const _ of ['without a name', 'under that name']) {
      const { repositoryUri, uri } = await publishImage(id, options);
      assert.deepEqual(namesOf(id), [`${repositoryUri}:3`, uri]);
    }
  });

  await ecr.test('AmazonSageMakerFullAccess allows all that is needed, but for tags', async (t) => {
    const arn = 'arn:aws:iam::aws:policy/AmazonSageMakerFullAccess';
    const allowed = await readPolicy(arn);
    const isAllowed = (action: string) =>
      allowed.some((pattern) => new RegExp(`^${pattern.replaceAll('*', '.*')}$`).test(action));
    assert.deepEqual(
      repositoryActions.filter((action) => !isAllowed(action)),
      ['ecr:TagResource'],
    );
    await becomeUserWith(t, arn);
    const own = connectEcr({ signal: new AbortController().signal });
    const repository = newRepository();
    assert.equal((await own.openRepository(repository, {})).state, 'created');
    assert.equal(await own.getPassword(), password);
    assert.equal(await own.findImage(repository, { imageTag: '1' }), undefined);
  });

  const skip = whyNoDocker();
  await t.test(
    'the workshop’s image trains and serves under the name that was published',
    { skip },
    async (t) => {
      const image = await buildImage(quiet);
      const published = await publishImage(image, quiet);
      const share = published.sizeInBytes / image.sizeInBytes;
      assert.ok(share > 0.2 && share < 0.5, `compressed to ${share}`);
      await pullImage(t, published.uri);
      assert.equal(await idOf(published.uri), image.id);
      const folder = await temporaryFolder(t);
      const session = openDockerSession({ folder: join(folder, 'session'), image: published.uri });
      atEnd(t, () => session.cleanUp());
      await writeHeadlines(join(folder, 'headlines.tsv'), createCorpus());
      const channels = [await session.upload(join(folder, 'headlines.tsv'), 'training')];
      const job = await session.train({ channels, hyperparameters: { epochs: 1 } });
      const { modelArtifact = '' } = await job.wait();
      const endpoint = await session.deploy(modelArtifact);
      const { result, probabilities } = await endpoint.predict('doctor vaccine clinic');
      assert.ok(Object.hasOwn(probabilities, result));
    },
  );
});
