// Reading an object whose connection breaks, from a server that sends some bytes and hangs up.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { atEnd, setEnvironment, userError } from '../../../testing/folders';
import { createClients } from '../account/clients';
import type { AwsContext } from '../account/context';
import { readObject } from './objectReader';

const content = Buffer.from('0123456789'.repeat(1000));

interface Asked {
  from: number;
  ifMatch: string | undefined;
  response: ServerResponse;
}

/** Serves the object: `answer` sends its bytes from an offset. Returns a context for reading it, and what was asked. */
async function serve(t: TestContext, answer: (asked: Asked, times: number) => void) {
  const keys: string[] = [];
  const server = createServer(
    ({ headers: { range = 'bytes=0-', 'if-match': ifMatch }, url = '' }, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1]);
      keys.push(decodeURIComponent(new URL(url, 'http://server').pathname));
      response.writeHead(from > 0 ? 206 : 200, { etag: '"1"', 'content-length': content.length - from });
      answer({ from, ifMatch, response }, keys.length);
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => {
    server.close();
    server.closeAllConnections();
  });
  setEnvironment(t, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  });
  const bucket = { Bucket: 'ours', ExpectedBucketOwner: '123456789012' };
  const context = { clients: createClients('us-east-1'), bucket, pollSeconds: 0.01 } as unknown as AwsContext;
  return { context, keys };
}

/** Sends some bytes and breaks the connection. */
function breakAfter(bytes: number, { from, response }: Asked): void {
  response.write(content.subarray(from, from + bytes), () => response.destroy());
}

test('a connection that breaks in the middle is resumed, with each byte once', async (t) => {
  const conditions: (string | undefined)[] = [];
  const { context, keys } = await serve(t, (asked, times) => {
    conditions.push(asked.ifMatch);
    if (times < 8) breakAfter(1000, asked);
    else asked.response.end(content.subarray(asked.from));
  });
  const key = 'my folder/größe 100%?#+.jsonl';
  assert.deepEqual(await buffer(readObject(context, key)), content);
  assert.deepEqual(new Set(keys), new Set([`/ours/${key}`]));
  assert.deepEqual(conditions, [undefined, ...Array(7).fill('"1"')]);
});

test('a connection that never brings a byte ends with what to do', async (t) => {
  const { context } = await serve(t, (asked) => breakAfter(0, asked));
  await assert.rejects(buffer(readObject(context, 'a')), userError('S3 cannot be reached', 'run this again'));
});

test('an object that changes while it is read is not mixed with its next version', async (t) => {
  const { context } = await serve(t, (asked) => breakAfter(5, asked));
  const { s3 } = context.clients;
  const send = s3.send.bind(s3);
  t.mock.method(s3, 'send', async (command: Parameters<typeof send>[0]) => {
    const { Range } = command.input as { Range?: string };
    if (Range) throw Object.assign(new Error('PreconditionFailed'), { $metadata: { httpStatusCode: 412 } });
    return await send(command as never);
  });
  await assert.rejects(
    buffer(readObject(context, 'a')),
    userError('s3://ours/a changed while it was being read'),
  );
});
