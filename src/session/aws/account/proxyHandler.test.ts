import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { beforeEach, test } from 'node:test';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { ledgerFolder, startAws } from '../../../testing/aws';
import { atEnd, findFreePort, setEnvironment, userError } from '../../../testing/folders';
import { startProxy } from '../../../testing/proxy';
import { createClients } from './clients';
import { isPassing } from './errors';
import { ProxyHandler } from './proxyHandler';

const limits = { timeout: 60_000 };

beforeEach(() => {
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) {
    delete process.env[name];
    delete process.env[name.toUpperCase()];
  }
});

const ask = async () => await createClients('us-east-1').sts.send(new GetCallerIdentityCommand({}));

test('every request goes through the proxy, except to hosts that NO_PROXY names', limits, async (t) => {
  const aws = await startAws(t);
  const proxy = await startProxy(t);
  const elsewhere = aws.rehearsal.url.replace('127.0.0.1', 'aws.invalid');
  setEnvironment(t, { AWS_ENDPOINT_URL: elsewhere, HTTP_PROXY: proxy.url });
  const { host } = new URL(elsewhere);
  const checks = await aws.open(await ledgerFolder(t)).preflight();
  assert.deepEqual(
    checks.filter(({ check }) => ['clock', 'bucket'].includes(check)).map(({ result }) => result),
    ['ok', 'ok'],
  );
  assert.equal((await ask()).Account, '123456789012');
  assert.deepEqual([...new Set(proxy.targets)], [host]);
  proxy.targets.length = 0;
  setEnvironment(t, { AWS_ENDPOINT_URL: aws.rehearsal.url.replace('127.0.0.1', 'localhost') });
  await ask();
  setEnvironment(t, { AWS_ENDPOINT_URL: aws.rehearsal.url.replace('127.0.0.1', '127.0.0.2'), NO_PROXY: '*' });
  await ask().catch(() => undefined);
  assert.deepEqual(proxy.targets, []);
});

for (const [variable, endpoint] of [
  ['HTTPS_PROXY', 'https://sts.invalid'],
  ['http_proxy', 'http://sts.invalid'],
] as const) {
  test(`a proxy of ${variable} that refuses is named, without its password`, limits, async (t) => {
    await startAws(t);
    const proxy = await startProxy(t, 407);
    const address = proxy.url.replace('//', '//me:secret@');
    setEnvironment(t, { AWS_ENDPOINT_URL: endpoint, [variable]: address });
    await assert.rejects(ask(), (error: Error) => {
      assert.doesNotMatch(error.message, /secret/);
      return userError(`through the proxy ${proxy.url}`, '407', `Set ${variable}`, 'NO_PROXY')(error);
    });
    assert.match(proxy.targets[0] ?? '', /^sts\.invalid:(443|80)$/);
  });
}

test('a proxy that is not there or is no address is named', { timeout: 120_000 }, async (t) => {
  await startAws(t);
  const gone = `http://127.0.0.1:${await findFreePort()}`;
  setEnvironment(t, { AWS_ENDPOINT_URL: 'https://sts.invalid', HTTPS_PROXY: gone });
  await assert.rejects(ask(), userError(`through the proxy ${gone}`, 'ECONNREFUSED', 'Set HTTPS_PROXY'));
  setEnvironment(t, { HTTPS_PROXY: 'proxy.invalid:3128' });
  await assert.rejects(ask(), userError('HTTPS_PROXY does not name a proxy'));
});

test('a connection that is dead without any sign of it is given up', limits, async (t) => {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const client = new STSClient({
    endpoint: `http://127.0.0.1:${port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
    requestHandler: new ProxyHandler({ connectionTimeout: 1000, socketTimeout: 300 }),
  });
  await assert.rejects(client.send(new GetCallerIdentityCommand({})), isPassing);
});
