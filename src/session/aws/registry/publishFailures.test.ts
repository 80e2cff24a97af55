// publishImage where something is wrong: with the image, the engine, the registry, the password, the network; and when
// the cell is interrupted. The servers are those of publishImage.test.ts, behind fronts that break things.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { findImage } from '../../../image/build/buildImage';
import { engineAddress } from '../../../image/engine/engine';
import { docker } from '../../../testing/docker';
import {
  createImage,
  type Front,
  type Interceptor,
  password,
  startEcr,
  startFront,
  whyNoEcr,
} from '../../../testing/ecr';
import {
  atEnd,
  eventually,
  setEnvironment,
  startProgram,
  temporaryFolder,
  userError,
} from '../../../testing/folders';
import { publishImage } from './publishImage';

const quiet = { onProgress: () => undefined };

/** Answers as a registry refuses. */
function refuse(response: ServerResponse, status: number, code: string, message: string): true {
  response.writeHead(status, { 'content-type': 'application/json', 'www-authenticate': 'Basic realm="ECR"' });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
  return true;
}

/** Answers one of the API's actions in ECR's place. */
function answer(action: string, body: object): Interceptor {
  return (request, response) => {
    if (!String(request.headers['x-amz-target']).endsWith(`.${action}`)) return false;
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(body));
    return true;
  };
}

/** Breaks the connection once, in the middle of the upload of a large layer. */
function breakOnce(): Interceptor {
  let received = 0;
  return (request) => {
    request.on('data', (bytes: Buffer) => {
      const before = received;
      received += bytes.length;
      if (before < 100_000 && received >= 100_000) request.socket.destroy();
    });
    return false;
  };
}

/** How many blobs began to be uploaded to the repository of an image. */
function uploads(registry: Front, image: string): number {
  const beginning = `POST /v2/${image.replace(':1', '')}/blobs/uploads/`;
  return registry.requests.filter((line) => line.startsWith(beginning)).length;
}

/** A front before the engine, which this process uses from now on. */
async function frontOfEngine(t: TestContext): Promise<Front> {
  const path = join(await temporaryFolder(t), 'docker.sock');
  const front = await startFront(t, { path }, { socketPath: engineAddress().replace('unix://', '') });
  setEnvironment(t, { DOCKER_HOST: `unix://${path}` });
  return front;
}

/** A Node process that publishes an image and prints all that it is told. */
function startPublishing(t: TestContext, image: string, environment: Record<string, string> = {}) {
  const script = `
    const { publishImage } = require(${JSON.stringify(join(__dirname, 'publishImage'))});
    publishImage(${JSON.stringify(image)}, { onProgress: (lines) => console.log(lines.join('\\n')) }).then(
      (published) => console.log('published', published),
      (error) => {
        console.log('failed', error);
        process.exitCode = 3;
      },
    );`;
  return startProgram(t, [process.execPath, '-e', script], { environment });
}

/** As it is, or in the middle of something in base64, where it can begin at any of three places. */
function holdsPassword(text: string): boolean {
  const encoded = [0, 1, 2].map((place) => Buffer.from('.'.repeat(place) + password).toString('base64'));
  return [password, ...encoded.map((code) => code.slice(4, -4))].some((secret) => text.includes(secret));
}

test('a name that SageMaker’s policy or ECR excludes is refused before anything is asked', async (t) => {
  setEnvironment(t, { DOCKER_HOST: 'unix:///nowhere', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' });
  await assert.rejects(
    publishImage('headlines:1', quiet),
    userError(
      '"headlines"',
      'AmazonSageMakerFullAccess',
      "repository: 'sagemaker-headlines'",
      'anyRepository: true',
    ),
  );
  for (const image of ['localhost:5000/team/headlines:1', 'registry.example.com/team/headlines']) {
    await assert.rejects(publishImage(image, quiet), userError("repository: 'sagemaker-team/headlines'"));
  }
  for (const repository of ['SageMaker headlines', 'sagemaker--headlines', 'sagemaker/']) {
    const rejected = publishImage('headlines', { ...quiet, repository });
    await assert.rejects(rejected, userError(`"${repository}" is not a valid`, 'lower-case'));
  }
  const tagged = publishImage('sagemaker-headlines', { ...quiet, tag: 'first one' });
  await assert.rejects(tagged, userError('"first one" is not a valid tag'));
});

test('publishImage() where something is wrong', { skip: whyNoEcr() }, async (t) => {
  const ecr = await startEcr(t);
  const { api, registry } = ecr;

  await ecr.test('an image that the engine does not have is named', async () => {
    const unknown = publishImage('sagemaker-nothing:7', quiet);
    await assert.rejects(unknown, userError('no image sagemaker-nothing:7', 'buildImage()', 'docker images'));
    assert.deepEqual(api.requests, []);
  });

  await ecr.test('an image for another platform is refused before it is pushed', async (t) => {
    const image = await createImage(t, [1000], 'linux/arm64');
    const wrong = userError(
      'is for linux/arm64',
      'linux/amd64',
      'exec format error',
      '--platform=linux/amd64',
    );
    await assert.rejects(publishImage(image, quiet), wrong);
    assert.deepEqual(api.requests, []);
    const { isNew } = await publishImage(image, { ...quiet, platform: 'linux/arm64' });
    assert.ok(isNew);
  });

  await ecr.test(
    'an index, as engines over containerd keep it, is refused before it is pushed',
    async (t) => {
      const image = await createImage(t);
      const engine = await frontOfEngine(t);
      const mediaType = 'application/vnd.oci.image.index.v1+json';
      engine.intercept = (request, response) => {
        if (!request.url?.endsWith('/json')) return false;
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(
          JSON.stringify({ Id: 'sha256:1', Os: 'linux', Architecture: 'amd64', Descriptor: { mediaType } }),
        );
        return true;
      };
      const wrong = userError(mediaType, 'manifest.v2+json', '--provenance=false', 'oci-mediatypes=false');
      await assert.rejects(publishImage(image, quiet), wrong);
      assert.deepEqual(api.requests, []);
    },
  );

  await ecr.test('a manifest that becomes OCI on its way is told after the push', async (t) => {
    const image = await createImage(t);
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    const stored = { imageId: { imageDigest: 'sha256:1' }, imageManifest: JSON.stringify({ mediaType }) };
    api.intercept = answer('BatchGetImage', { images: [stored] });
    await assert.rejects(publishImage(image, quiet), userError(mediaType, 'oci-mediatypes=false'));
    assert.equal(uploads(registry, image), 2);
  });

  await ecr.test('a digest that ECR does not know is not returned', async (t) => {
    const image = await createImage(t);
    api.intercept = answer('BatchGetImage', { images: [], failures: [] });
    await assert.rejects(publishImage(image, quiet), userError('sha256:', 'ECR does not have it'));
    assert.equal(uploads(registry, image), 2);
  });

  await ecr.test('a password that has expired is asked for again, once', async (t) => {
    const words = 'Your authorization token has expired. Reauthenticate and try again.';
    let refusals = 1;
    registry.intercept = (request, response) =>
      request.headers.authorization !== undefined && refusals-- > 0 && refuse(response, 403, 'DENIED', words);
    const passwords = () => api.requests.filter((line) => line.endsWith('GetAuthorizationToken')).length;
    assert.equal((await publishImage(await createImage(t), quiet)).isNew, true);
    assert.equal(passwords(), 2);

    refusals = 2;
    const twice = userError('rejects new passwords as well', 'Run this again', words);
    await assert.rejects(publishImage(await createImage(t), quiet), twice);
    assert.equal(passwords(), 4);
  });

  await ecr.test('a push that ECR denies says which action and whom', async (t) => {
    const image = await createImage(t);
    const role = 'arn:aws:sts::123456789012:assumed-role/Workshop/SageMaker';
    const words = `User: ${role} is not authorized to perform: ecr:InitiateLayerUpload on resource: arn:aws:ecr:a`;
    registry.intercept = (request, response) =>
      request.method === 'POST' && refuse(response, 403, 'DENIED', words);
    const denied = userError('ecr:InitiateLayerUpload on arn:aws:ecr:a is missing', role, words);
    await assert.rejects(publishImage(image, quiet), denied);
    const { RepoTags } = JSON.parse(docker('image', 'inspect', '--format', '{{json .}}', image).output);
    assert.deepEqual(RepoTags, [image], 'a name was left behind');
  });

  await ecr.test('a tag that may not move is named', async (t) => {
    const words = "The image tag '1' already exists and cannot be overwritten because the tag is immutable.";
    registry.intercept = (request, response) =>
      request.method === 'PUT' &&
      request.url?.includes('/manifests/') === true &&
      refuse(response, 400, 'TAG_INVALID', words);
    const fixed = userError('tags are immutable', '1 already names another image', '{ tag: … }', words);
    await assert.rejects(publishImage(await createImage(t), quiet), fixed);
  });

  await ecr.test('a registry that cannot be reached is named', async (t) => {
    registry.intercept = (request) => {
      request.socket.destroy();
      return true;
    };
    const lost = userError('cannot reach', '.amazonaws.com/sagemaker-test', 'proxy', 'Run this again');
    await assert.rejects(publishImage(await createImage(t), quiet), lost);
  });

  await ecr.test('a connection that breaks in the middle of a layer is tried again, and told', async (t) => {
    registry.intercept = breakOnce();
    const lines: string[] = [];
    const image = await createImage(t, [1000, 500_000]);
    const { isNew } = await publishImage(image, { onProgress: (now) => lines.push(...now) });
    assert.equal(isNew, true);
    assert.match(lines.join('\n'), /connection lost, retrying in \d seconds?/);
    assert.equal(uploads(registry, image), 4);
  });

  await ecr.test('interrupting the cell ends the push; the next one skips what has arrived', async (t) => {
    const image = await createImage(t, [1000, 20_000_000]);
    const requests: IncomingMessage[] = [];
    registry.intercept = (request) => {
      requests.push(request);
      return false;
    };
    registry.bytesPerSecond = 2_000_000;
    const program = startPublishing(t, image);
    await program.until(/pushed: 1 layer.*\n.*: \d+\.\d of 20\.0 MB/);
    program.child.kill('SIGINT');
    assert.equal(await program.ended, 3);
    assert.match(program.output(), /Interrupted: the push has stopped\. Run this again/);
    await eventually(() => requests.every(({ destroyed }) => destroyed));
    assert.ok(
      requests.some(({ complete }) => !complete),
      'the layer was pushed to its end',
    );
    const { RepoTags } = JSON.parse(docker('image', 'inspect', '--format', '{{json .}}', image).output);
    assert.deepEqual(RepoTags, [image], 'a name was left behind');

    registry.bytesPerSecond = Number.POSITIVE_INFINITY;
    registry.requests.length = 0;
    const lines: string[] = [];
    await publishImage(image, { onProgress: (now) => lines.push(...now) });
    assert.ok(lines.includes('already there: 1 layer(s)'), lines.join('\n'));
    // The layer that was cut off, and the configuration.
    assert.equal(uploads(registry, image), 2);
  });

  await ecr.test('an engine that ends, or whose disk is full, in the middle of a push says so', async (t) => {
    const image = await createImage(t);
    const { id = '' } = (await findImage(image)) ?? {};
    // The name that an engine which has ended cannot take away again, too.
    atEnd(t, () => docker('rmi', '--force', id));
    const engine = await frontOfEngine(t);
    const isPush = (request: IncomingMessage) => /\/images\/.*\/push/.test(request.url ?? '');
    engine.intercept = (request, response) => {
      if (!isPush(request)) return false;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(`${JSON.stringify({ error: 'write /var/lib/docker/tmp/x: no space left on device' })}\n`);
      return true;
    };
    await assert.rejects(publishImage(image, quiet), userError('disk is full', 'docker system prune'));

    engine.intercept = (request) => {
      if (!isPush(request)) return false;
      request.socket.destroy();
      void engine.close();
      return true;
    };
    await assert.rejects(publishImage(image, quiet), userError('Docker engine is not running'));
  });

  await ecr.test(
    'an engine that has stopped between build and push says so, and nothing is asked of ECR',
    async (t) => {
      const engine = await frontOfEngine(t);
      const image = await createImage(t);
      const built = await findImage(image);
      assert.ok(built);
      await engine.close();
      await assert.rejects(
        publishImage(built, quiet),
        userError('Docker engine is not running', 'Then run this again'),
      );
      assert.deepEqual([...api.requests, ...registry.requests], []);
    },
  );

  await ecr.test('the password is in no file, no output, not even of DEBUG, and in no error', async (t) => {
    const home = await temporaryFolder(t);
    const environment = { HOME: home, TMPDIR: home, DEBUG: '*', NODE_DEBUG: 'http' };
    const assertClean = (text: string) => assert.equal(holdsPassword(text), false);
    assert.ok(holdsPassword(Buffer.from(`{"username":"AWS","password":"${password}"}`).toString('base64')));
    const succeeding = startPublishing(t, await createImage(t), environment);
    assert.equal(await succeeding.ended, 0, succeeding.output());
    registry.intercept = (request, response) =>
      request.headers.authorization !== undefined && refuse(response, 401, 'UNAUTHORIZED', 'no');
    const failing = startPublishing(t, await createImage(t), environment);
    assert.equal(await failing.ended, 3);
    for (const program of [succeeding, failing]) {
      assert.match(program.output(), /X-Registry-Auth/, 'DEBUG shows no requests');
      assertClean(program.output());
    }
    for (const entry of await readdir(home, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) assertClean(await readFile(join(entry.parentPath, entry.name), 'latin1'));
    }
    const error = await publishImage(await createImage(t), quiet).catch((caught: unknown) => caught);
    assertClean(inspect(error, { depth: null, showHidden: true }));
  });
});
