import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { atEnd, setEnvironment, userError } from '../../../testing/folders';
import { createClients } from '../account/clients';
import type { AwsContext } from '../account/context';
import { createAwsPredictor } from './predictor';

/** A runtime that answers every request so, and the bodies of those requests. */
async function startRuntime(t: TestContext, status: number, type: string, body: object) {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    bodies.push(`${request.url} ${text}`);
    response
      .writeHead(status, {
        'content-type': 'application/json',
        'x-amzn-errortype': type,
        'x-amzn-requestid': 'r-1',
      })
      .end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  setEnvironment(t, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  });
  const context: Pick<AwsContext, 'clients' | 'recorded'> = {
    clients: createClients('us-east-1'),
    recorded: () => [],
  };
  return { predictor: createAwsPredictor(context as AwsContext, 'mine'), bodies };
}

test('a headline goes to the endpoint as the container expects it', async (t) => {
  const answer = { result: 'Business', probabilities: { Business: 1 } };
  const { predictor, bodies } = await startRuntime(t, 200, '', answer);
  const { latency, ...prediction } = await predictor.predict('Bank shares rise');
  assert.deepEqual(prediction, answer);
  assert.ok(latency > 0);
  assert.deepEqual(bodies, ['/endpoints/mine/invocations {"input":"Bank shares rise"}']);
});

const container = { OriginalStatusCode: 400, OriginalMessage: '{"error":"\\"input\\" is an empty list."}' };

for (const [status, type, body, ...parts] of [
  [
    424,
    'ModelError',
    { Message: 'm', ...container, LogStreamArn: 'arn:log' },
    'responded with 400: "input" is an empty list.',
    'arn:log',
  ],
  [429, 'ModelNotReadyException', { Message: 'm' }, 'overloaded', 'try again'],
  [503, 'ServiceUnavailable', { Message: 'm' }, 'unavailable', 'Try again in a minute'],
  [
    400,
    'ValidationError',
    { Message: 'Endpoint mine of account 1 not found.' },
    'Deploy it again',
    'not found',
  ],
] as const) {
  test(`an answer of ${status} ${type} says what to do and which request it was`, async (t) => {
    const { predictor } = await startRuntime(t, status, type, body);
    await assert.rejects(predictor.predict('x'), userError('mine', 'request r-1', ...parts));
  });
}
