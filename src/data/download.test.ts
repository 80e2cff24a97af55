import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { deflateRawSync, gzipSync } from 'node:zlib';
import {
  atEnd,
  eventually,
  findFreePort,
  setEnvironment,
  temporaryFolder,
  userError,
} from '../testing/folders';
import { startProxy } from '../testing/proxy';
import { type DownloadOptions, downloadDataset } from './download';
import { writeHeadlines } from './headlines';
import { generateHeadlines } from './synthetic';

const name = 'newsCorpora.csv';
const rows = 400;
const proxyVariables = ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((low) => [low, low.toUpperCase()]);
for (const variable of proxyVariables) delete process.env[variable];

test('downloadDataset() writes only the file from the archive', async (t) => {
  const { csv, archive } = await createArchive(t);
  const { url } = await serve(t, (_, response) => response.end(archive));
  const folder = join(await temporaryFolder(t), 'made', 'here');
  assert.equal(await download(url, folder), join(folder, name));
  assert.deepEqual(await readFile(join(folder, name)), csv);
  assert.deepEqual(readdirSync(folder), [name]);
});

test('downloadDataset() takes the file from any folder of an archive, and follows no name that leads out of it', async (t) => {
  const csv = await createCsv(t);
  const evil = ['../evil.csv', '/tmp/evil.csv', '..\\evil.csv'].map((path) => ({ path, data: csv }));
  const resources = { path: `__MACOSX/._${name}`, data: Buffer.from('no rows') };
  const archive = zip([...evil, resources, { path: `../../NewsAggregatorDataset/${name}`, data: csv }]);
  const { url } = await serve(t, (_, response) => response.end(archive));
  const parent = await temporaryFolder(t);
  await download(url, join(parent, 'a', 'b'));
  assert.deepEqual(await readFile(join(parent, 'a', 'b', name)), csv);
  assert.deepEqual(readdirSync(parent, { recursive: true }).sort(), ['a', 'a/b', `a/b/${name}`]);
  assert.equal(existsSync('/tmp/evil.csv'), false);
});

test('downloadDataset() reads what another program has packed', async (t) => {
  const folder = await temporaryFolder(t);
  const csv = await createCsv(t);
  await writeFile(join(folder, name), csv);
  const packed = spawnSync('python3', ['-m', 'zipfile', '-c', 'news.zip', name], { cwd: folder });
  if (packed.error) return t.skip('there is no python3');
  const archive = await readFile(join(folder, 'news.zip'));
  const { url } = await serve(t, (_, response) => response.end(archive));
  assert.deepEqual(await readFile(await download(url, await temporaryFolder(t))), csv);
});

test('downloadDataset() fetches nothing where the file is', async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, name), 'mine');
  const { url, requests } = await serve(t, (_, response) => response.end());
  assert.equal(await download(url, folder), join(folder, name));
  assert.equal(requests.length, 0);
  assert.equal(await readFile(join(folder, name), 'utf8'), 'mine');
});

test('downloadDataset() follows a redirection', async (t) => {
  const { csv, archive } = await createArchive(t);
  const { url } = await serve(t, (request, response) => {
    if (request.url === '/moved.zip') response.end(archive);
    else response.writeHead(301, { location: '/moved.zip' }).end();
  });
  assert.deepEqual(await readFile(await download(url, await temporaryFolder(t))), csv);
});

test('downloadDataset() tells how much of how much has arrived', async (t) => {
  const archive = await createLargeArchive(t);
  const { url } = await serve(t, cutting(archive, 1));
  const lines: string[] = [];
  await download(url, await temporaryFolder(t), { onProgress: (line) => lines.push(line) });
  assert.match(lines[0] ?? '', /: 0\.\d MB of 0\.4 MB\.$/);
  assert.deepEqual(lines.slice(-2), [`Downloading ${url}: 0.4 MB of 0.4 MB.`, `Unpacking ${name}.`]);
});

test('downloadDataset() reports progress without a total if the server states no size', async (t) => {
  const archive = await createLargeArchive(t);
  const { url } = await serve(t, (_, response) => {
    response.write(archive);
    response.end();
  });
  const lines: string[] = [];
  await download(url, await temporaryFolder(t), { onProgress: (line) => lines.push(line) });
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /: 0\.\d MB\.$/);
});

test('downloadDataset() says that the connection was cut, and keeps nothing', async (t) => {
  const { url } = await serve(t, cutting((await createArchive(t)).archive, 1));
  const folder = await temporaryFolder(t);
  const cut = userError(url, 'was cut', 'Run this again later', 'HEADLINES=', folder);
  await assert.rejects(download(url, folder, { limits: { retries: 0 } }), cut);
  assert.deepEqual(readdirSync(folder), []);
});

test('downloadDataset() starts anew after a cut', async (t) => {
  const { csv, archive } = await createArchive(t);
  const { url, requests } = await serve(t, (_, response) => {
    if (requests.length > 2) response.end(archive);
    else cut(response.writeHead(200), archive.subarray(0, 1000));
  });
  assert.deepEqual(await readFile(await download(url, await temporaryFolder(t))), csv);
  assert.equal(requests.length, 3);
});

test('downloadDataset() survives a cut at any moment of an answer', async (t) => {
  const { csv, archive } = await createArchive(t);
  const { url, requests } = await serve(t, (_, response) => {
    // 21 cuts: at once, and after 1 to 20 ms.
    if (requests.length > 21) {
      response.end(archive);
      return;
    }
    response.writeHead(200).write(archive.subarray(0, 100));
    void setTimeout(requests.length - 1).then(() => response.destroy());
  });
  const path = await download(url, await temporaryFolder(t), { limits: { retries: 21, retryDelay: 0 } });
  assert.deepEqual(await readFile(path), csv);
});

for (const status of [408, 429, 500, 503]) {
  test(`downloadDataset() tries a server that answers ${status} again, waiting longer each time`, async (t) => {
    const { csv, archive } = await createArchive(t);
    const times: number[] = [];
    const { url, requests } = await serve(t, (_, response) => {
      if (times.push(performance.now()) > 3) response.end(archive);
      else response.writeHead(status).end(Buffer.alloc(100_000));
    });
    const path = await download(url, await temporaryFolder(t), { limits: { retryDelay: 30 } });
    assert.deepEqual(await readFile(path), csv);
    const waits = times.slice(1).map((time, index) => time - (times[index] as number));
    assert.equal(new Set(requests.map(({ socket }) => socket)).size, 1);
    [30, 60, 120].forEach((wait, index) => {
      assert.ok((waits[index] as number) >= wait - 2, `waited ${waits}`);
    });
  });
}

test('downloadDataset() gives up a server that stays out of order, after as many retries as it may', async (t) => {
  const { url, requests } = await serve(t, (_, response) => response.writeHead(503).end());
  const folder = await temporaryFolder(t);
  const lines: string[] = [];
  const options = { limits: { retries: 2 }, onProgress: (line: string) => lines.push(line) };
  const failing = download(url, folder, options);
  await assert.rejects(
    failing,
    userError(url, 'responded with 503', 'Run this again later', folder, 'HEADLINES='),
  );
  assert.equal(requests.length, 3);
  assert.deepEqual(lines, [
    'Trying again in 0.001 s: the server responded with 503.',
    'Trying again in 0.002 s: the server responded with 503.',
  ]);
  assert.deepEqual(readdirSync(folder), []);
});

test('downloadDataset() tries a server again that is away for a moment after a cut', async (t) => {
  const { csv, archive } = await createArchive(t);
  const first = await serve(t, cutting(archive, 1));
  const folder = await temporaryFolder(t);
  const downloading = download(first.url, folder, { limits: { retryDelay: 100 } });
  await eventually(() => first.requests.length === 1);
  const { port } = new URL(first.url);
  await first.stop();
  await setTimeout(150);
  await serve(t, cutting(archive, 0), Number(port));
  assert.deepEqual(await readFile(await downloading), csv);
});

test('downloadDataset() fails at once if the address has no archive', async (t) => {
  const { url, requests } = await serve(t, (_, response) => response.writeHead(404).end('no such page'));
  const folder = await temporaryFolder(t);
  await assert.rejects(download(url, folder), userError(url, 'responded with 404', folder, 'HEADLINES='));
  assert.equal(requests.length, 1);
  assert.deepEqual(readdirSync(folder), []);
});

test('downloadDataset() takes no sign-in page for the archive', async (t) => {
  const { url } = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>Sign in');
  });
  const folder = await temporaryFolder(t);
  await assert.rejects(download(url, folder), userError(url, 'web page', 'sign-in', 'HEADLINES='));
  assert.deepEqual(readdirSync(folder), []);
});

test('downloadDataset() recognises a web page that does not start like one', async (t) => {
  const { url } = await serve(t, (_, response) => response.end('<html>Sign in'));
  const folder = await temporaryFolder(t);
  await assert.rejects(download(url, folder), userError(url, 'web page'));
  assert.deepEqual(readdirSync(folder), []);
});

test('downloadDataset() rejects an archive that is announced as too large, before fetching it', async (t) => {
  const { url } = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': 50e6 }).write('PK');
  });
  const folder = await temporaryFolder(t);
  const limits = { retries: 0, stallTimeout: 1000 };
  await assert.rejects(download(url, folder, { limits }), userError(url, 'the archive has more than 1.0 MB'));
  assert.deepEqual(readdirSync(folder), []);
});

test('downloadDataset() rejects an archive that turns out too large', async (t) => {
  let sent = 0;
  const { url } = await serve(t, async (_, response) => {
    sent = await sendEndlessly(response, 200e6);
  });
  const folder = await temporaryFolder(t);
  await assert.rejects(download(url, folder), userError(url, 'the archive has more than 1.0 MB'));
  await eventually(() => sent > 0);
  assert.ok(sent < 100e6, `${sent} bytes were sent`);
  assert.deepEqual(readdirSync(folder), []);
});

for (const [kind, size, reason] of [
  ['says so', undefined, `${name} has more than 1.0 MB`],
  ['lies about it', 1000, 'damaged'],
] as const) {
  test(`downloadDataset() stops a zip bomb that ${kind} by the bytes that come out of it`, async (t) => {
    const data = Buffer.alloc(40e6, '\n');
    const archive = zip([{ path: name, data, ...(size && { size }) }]);
    const { url } = await serve(t, (_, response) => response.end(archive));
    const folder = await temporaryFolder(t);
    await assert.rejects(download(url, folder), userError(url, reason));
    assert.deepEqual(readdirSync(folder), []);
  });
}

for (const [kind, damage] of [
  ['whose CRC-32 is not that of the file', (csv: Buffer) => zip([{ path: name, data: csv, crc: 1 }])],
  [
    'whose compressed bytes are broken',
    (csv: Buffer) => zip([{ path: name, data: csv }]).fill(0xff, 200, 300),
  ],
  ['that ends too early', (csv: Buffer) => zip([{ path: name, data: csv }]).subarray(0, -30)],
  ['of which only the first bytes are right', () => Buffer.from('PK\x03\x04 and then something else')],
] as const) {
  test(`downloadDataset() throws away an archive ${kind}`, async (t) => {
    const archive = damage(await createCsv(t));
    const { url } = await serve(t, (_, response) => response.end(archive));
    const folder = await temporaryFolder(t);
    await assert.rejects(download(url, folder), userError(url, kind.includes('CRC') ? 'CRC-32' : 'damaged'));
    assert.deepEqual(readdirSync(folder), []);
  });
}

test('downloadDataset() names what is in an archive without the file', async (t) => {
  const archive = zip(['readme.txt', `older ${name}`].map((path) => ({ path, data: Buffer.from('text') })));
  const { url } = await serve(t, (_, response) => response.end(archive));
  const folder = await temporaryFolder(t);
  await assert.rejects(download(url, folder), userError(url, `no ${name}`, `readme.txt, older ${name}`));
  assert.deepEqual(readdirSync(folder), []);
});

const goodLine = '1\tBank shares rise\thttp://a/1\tThe Example\tb\ts1\ta\t1394470370698\n';
for (const [kind, text, ...reasons] of [
  ['a line with a column less', `${goodLine}1\ttwo\n${goodLine}`, 'line 2', '2 column(s) instead of 8'],
  ['a line with a column more', `${goodLine}${goodLine.replace('\n', '\tmore\n')}`, 'line 2', '9 column(s)'],
  ['an unknown category', goodLine.replace('\tb\t', '\tconstructor\t'), 'line 1', '"constructor"'],
  ['a broken last line', `${goodLine}2\tcut of`, 'line 2', '2 column(s)'],
  ['an empty file', '', 'empty'],
  ['bytes that are no text', `${goodLine}\xff\0\0`, 'binary'],
  ['an endless line', `${goodLine}${'x'.repeat(1.5e6)}`, '1 column(s) instead of 8'],
] as const) {
  test(`downloadDataset() rejects another file in the archive's place: ${kind}`, async (t) => {
    const archive = zip([{ path: name, data: Buffer.from(text, 'latin1') }]);
    const { url } = await serve(t, (_, response) => response.end(archive));
    const folder = await temporaryFolder(t);
    const limits = { fileBytes: 2e6 };
    await assert.rejects(download(url, folder, { limits }), userError(url, name, 'HEADLINES=', ...reasons));
    assert.deepEqual(readdirSync(folder), []);
  });
}

test('downloadDataset() keeps a file with an unexpected number of rows, and reports it', async (t) => {
  const { archive } = await createArchive(t);
  const { url } = await serve(t, (_, response) => response.end(archive));
  for (const [expected, notices] of [
    [1400, [`${name} has 400 rows instead of the published 1,400.`]],
    [400, []],
  ] as const) {
    const lines: string[] = [];
    const options = { limits: { rows: expected }, onProgress: (line: string) => lines.push(line) };
    await download(url, await temporaryFolder(t), options);
    assert.deepEqual(
      lines.filter((line) => line.includes('rows')),
      notices,
    );
  }
});

test('downloadDataset() says at once that a machine is offline', async (t) => {
  const folder = await temporaryFolder(t);
  const offline = userError(
    'http://no.invalid/a.zip',
    'no.invalid cannot be reached',
    'offline',
    folder,
    'HEADLINES=',
  );
  const start = performance.now();
  await assert.rejects(
    download('http://no.invalid/a.zip', folder, { limits: { retryDelay: 60_000 } }),
    offline,
  );
  assert.ok(performance.now() - start < 10_000);
  const host = `127.0.0.1:${await findFreePort()}`;
  await assert.rejects(
    download(`http://${host}/a.zip`, folder),
    userError(`${host} cannot be reached`, 'ECONNREFUSED'),
  );
  assert.deepEqual(readdirSync(folder), []);
});

test('downloadDataset() waits a few seconds for a connection, no longer', async (t) => {
  const server = createTcpServer().listen(0, '127.0.0.1');
  const sockets = await keepSockets(t, server);
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/a.zip`;
  const limits = { connectTimeout: 300 };
  const silent = userError('cannot be reached', 'offline');
  const start = performance.now();
  await assert.rejects(download(url, await temporaryFolder(t), { limits }), silent);
  assert.ok(performance.now() - start < 4000);
  assert.equal(sockets.size, 1);
});

test('downloadDataset() takes a server that falls silent in the middle for cut', async (t) => {
  const { csv, archive } = await createArchive(t);
  const { url, requests } = await serve(t, (_, response) => {
    if (requests.length === 1)
      response.writeHead(200, { 'content-length': archive.length }).write(archive.subarray(0, 700));
    else response.end(archive);
  });
  const path = await download(url, await temporaryFolder(t), { limits: { stallTimeout: 300 } });
  assert.deepEqual(await readFile(path), csv);
});

test('downloadDataset() takes a server that never answers for out of reach', async (t) => {
  const { url, requests } = await serve(t, () => {});
  const failing = download(url, await temporaryFolder(t), { limits: { stallTimeout: 300 } });
  await assert.rejects(failing, userError('cannot be reached'));
  assert.equal(requests.length, 1);
});

test('downloadDataset() says that a certificate is not trusted', async (t) => {
  const folder = await temporaryFolder(t);
  const subject = [
    '-subj',
    '/CN=localhost',
    '-days',
    '2',
    '-nodes',
    '-keyout',
    'key.pem',
    '-out',
    'cert.pem',
  ];
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const made = spawnSync('openssl', [...kind, ...subject], { cwd: folder });
  if (made.error) return t.skip('there is no openssl to make a certificate with');
  const [key, cert] = await Promise.all(['key.pem', 'cert.pem'].map((file) => readFile(join(folder, file))));
  const server = createTlsServer({ key, cert }, (_, response) => response.end()).listen(0, '127.0.0.1');
  await keepSockets(t, server);
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/a.zip`;
  const untrusted = userError(
    url,
    'the connection is not secure',
    'self-signed',
    'NODE_EXTRA_CA_CERTS',
    'HEADLINES=',
  );
  await assert.rejects(download(url, join(folder, 'data')), untrusted);
});

test('downloadDataset() says that a server does not speak TLS', async (t) => {
  const { url } = await serve(t, (_, response) => response.end());
  const failing = download(url.replace('http:', 'https:'), await temporaryFolder(t));
  await assert.rejects(failing, userError('the connection is not secure'));
});

for (const variable of ['HTTP_PROXY', 'http_proxy']) {
  test(`downloadDataset() goes through the proxy of ${variable}, except where NO_PROXY says otherwise`, async (t) => {
    const { csv, archive } = await createArchive(t);
    const { url } = await serve(t, (_, response) => response.end(archive));
    const proxy = await startProxy(t);
    setEnvironment(t, { [variable]: proxy.url });
    const throughProxy = url.replace('127.0.0.1', 'repository.invalid');
    assert.deepEqual(await readFile(await download(throughProxy, await temporaryFolder(t))), csv);
    assert.deepEqual(proxy.targets, [new URL(throughProxy).host]);
    setEnvironment(t, { NO_PROXY: '127.0.0.1' });
    await download(url, await temporaryFolder(t));
    assert.equal(proxy.targets.length, 1);
  });
}

for (const status of [403, 407]) {
  test(`downloadDataset() names a proxy that answers ${status} with its variable, and never shows its password`, async (t) => {
    const proxy = await startProxy(t, status);
    setEnvironment(t, { HTTP_PROXY: proxy.url.replace('//', '//me:secret@') });
    const failing = download('http://repository.invalid/a.zip', await temporaryFolder(t));
    await assert.rejects(failing, (error: Error) => {
      assert.doesNotMatch(error.message, /secret/);
      const named = `the proxy ${proxy.url} (HTTP_PROXY) lets nothing through`;
      return userError(
        'http://repository.invalid/a.zip',
        named,
        `${status}`,
        'set HTTP_PROXY',
        'HEADLINES=',
      )(error);
    });
  });
}

test('downloadDataset() names a proxy that is not there', async (t) => {
  const url = `http://127.0.0.1:${await findFreePort()}`;
  setEnvironment(t, { HTTPS_PROXY: url });
  const failing = download('https://repository.invalid/a.zip', await temporaryFolder(t));
  await assert.rejects(failing, userError(`the proxy ${url} (HTTPS_PROXY)`, 'ECONNREFUSED', 'unset it'));
});

test('downloadDataset() reports a proxy that is not an address', async (t) => {
  setEnvironment(t, { HTTPS_PROXY: 'proxy.invalid:3128' });
  const failing = download('https://repository.invalid/a.zip', await temporaryFolder(t));
  await assert.rejects(failing, userError('HTTPS_PROXY does not name a proxy: write http://HOST:PORT'));
});

test('downloadDataset() ends at once when it is told to', async (t) => {
  const { archive } = await createArchive(t);
  const { url } = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': archive.length }).write(archive.subarray(0, 900));
  });
  const folder = await temporaryFolder(t);
  const stop = new AbortController();
  const lines: string[] = [];
  const options = { signal: stop.signal, onProgress: (line: string) => lines.push(line) };
  const downloading = download(url, folder, options);
  await Promise.race([downloading, eventually(() => lines.length > 0)]);
  await rejectsAtOnce(downloading, stop);
  assert.deepEqual(readdirSync(folder), []);
});

test('downloadDataset() ends at once while it waits for a retry, or for another download', async (t) => {
  const { url, requests } = await serve(t, (_, response) => response.writeHead(503).end());
  const folder = await temporaryFolder(t);
  const [first, second] = [new AbortController(), new AbortController()];
  const limits = { retryDelay: 60_000 };
  const retrying = download(url, folder, { signal: first.signal, limits });
  await eventually(() => requests.length === 1);
  const waiting = download(url, folder, { signal: second.signal, limits });
  await setTimeout(50);
  await rejectsAtOnce(waiting, second);
  await rejectsAtOnce(retrying, first);
  assert.deepEqual(readdirSync(folder), []);
});

test('downloadDataset() does not begin when it has been told to end', async (t) => {
  const { url, requests } = await serve(t, (_, response) => response.end());
  const folder = join(await temporaryFolder(t), 'data');
  await assert.rejects(
    download(url, folder, { signal: AbortSignal.abort('enough') }),
    (reason) => reason === 'enough',
  );
  assert.equal(requests.length, 0);
  assert.equal(existsSync(folder), false);
});

test('downloadDataset() ends at once while it unpacks, before it has come to know the archive', async (t) => {
  const archive = zip([{ path: name, data: Buffer.from(goodLine.repeat(1000)), crc: 1 }]);
  const { url } = await serve(t, (_, response) => response.end(archive));
  const folder = await temporaryFolder(t);
  const stop = new AbortController();
  const onProgress = (line: string) => line.startsWith('Unpacking') && stop.abort();
  await assert.rejects(download(url, folder, { signal: stop.signal, onProgress }), { name: 'AbortError' });
  assert.deepEqual(readdirSync(folder), []);
});

test('downloadDataset() ends at once while it checks the rows', async (t) => {
  const folder = await temporaryFolder(t);
  const { url, size } = await serveManyRows(t);
  const stop = new AbortController();
  const downloading = download(url, folder, { signal: stop.signal, limits: { fileBytes: 1e9 } });
  const isUnpacked = () => sizeOf(join(folder, `${name}.tmp`)) === size;
  while (!isUnpacked()) await setTimeout(1);
  await rejectsAtOnce(downloading, stop);
  assert.deepEqual(readdirSync(folder), []);
});

test('downloadDataset() never shows a file that is not whole', async (t) => {
  const folder = await temporaryFolder(t);
  const { url, size } = await serveManyRows(t);
  const sizes = new Set<number>();
  const downloading = download(url, folder, { limits: { fileBytes: 1e9 } });
  const watching = setInterval(() => sizes.add(sizeOf(join(folder, name))), 1);
  await downloading.finally(() => clearInterval(watching));
  sizes.add(sizeOf(join(folder, name)));
  assert.deepEqual([...sizes], [-1, size]);
});

test('downloadDataset() leaves no connection open', async (t) => {
  const { archive } = await createArchive(t);
  const { url, requests } = await serve(t, (_, response) => response.end(archive));
  await download(url, await temporaryFolder(t));
  await eventually(() => requests[0]?.socket.destroyed === true);
});

test('two downloads into one folder fetch the archive once', async (t) => {
  const { csv, archive } = await createArchive(t);
  const { url, requests } = await serve(t, async (_, response) => {
    response.write(archive.subarray(0, 500));
    await setTimeout(300);
    response.end(archive.subarray(500));
  });
  const folder = await temporaryFolder(t);
  const lines: string[] = [];
  const options = { onProgress: (line: string) => lines.push(line) };
  const paths = await Promise.all([download(url, folder, options), download(url, folder, options)]);
  assert.deepEqual(paths, [join(folder, name), join(folder, name)]);
  assert.deepEqual(await readFile(join(folder, name)), csv);
  assert.equal(requests.length, 1);
  const waiting = lines.filter((line) => line.includes('waiting'));
  assert.equal(waiting.length, 1);
  assert.ok(waiting[0]?.includes(folder));
  assert.deepEqual(readdirSync(folder), [name]);
});

test('downloadDataset() says that a folder cannot be written to', async (t) => {
  const folder = await temporaryFolder(t);
  await chmod(folder, 0o555);
  // Root may write anywhere, so for a moment it is somebody else.
  if (process.geteuid?.() === 0) {
    process.seteuid?.(65534);
    atEnd(t, () => process.seteuid?.(0));
  }
  const { url, requests } = await serve(t, (_, response) => response.end());
  await assert.rejects(download(url, folder), userError('Cannot write into', folder, 'EACCES', 'HEADLINES='));
  assert.equal(requests.length, 0);
});

test('downloadDataset() says that a file is where the folder should be', async (t) => {
  const folder = join(await temporaryFolder(t), 'data');
  await writeFile(folder, '');
  await assert.rejects(
    download('http://no.invalid/', folder),
    userError('Cannot write into', folder, 'HEADLINES='),
  );
});

test('downloadDataset() says that the disk is full', async (t) => {
  const { csv, archive } = await createArchive(t);
  const { url } = await serve(t, (_, response) => response.end(archive));
  const folder = await mountSmallDisk(t, 4096 * 4);
  if (!folder) return t.skip('a small file system cannot be mounted here');
  await assert.rejects(download(url, folder), userError('disk', 'full', folder, 'HEADLINES='));
  assert.deepEqual(readdirSync(folder), []);
  spawnSync('mount', ['-o', 'remount,size=1m', folder]);
  assert.deepEqual(await readFile(await download(url, folder)), csv);
});

test('downloadDataset() leaves a mistake in the program its stack', async (t) => {
  const { archive } = await createArchive(t);
  const { url } = await serve(t, (_, response) => response.end(archive));
  const onProgress = () => {
    throw new TypeError('not in here');
  };
  await assert.rejects(download(url, await temporaryFolder(t), { onProgress }), TypeError);
});

/** With limits that make a test quick; `options.limits` changes single ones. */
function download(
  url: string,
  folder: string,
  { limits, ...options }: DownloadOptions = {},
): Promise<string> {
  const quick = { retryDelay: 1, archiveBytes: 1e6, fileBytes: 1e6, rows };
  return downloadDataset({ url, folder, ...options, limits: { ...quick, ...limits } });
}

async function createCsv(t: TestContext): Promise<Buffer> {
  const path = join(await temporaryFolder(t), name);
  await writeHeadlines(path, generateHeadlines({ rows }));
  return await readFile(path);
}

/** One that is large enough for its megabytes to be told apart. */
async function createLargeArchive(t: TestContext): Promise<Buffer> {
  const padding = { path: 'padding.bin', data: randomBytes(350_000) };
  return zip([{ path: name, data: await createCsv(t) }, padding]);
}

/** Serves a file of 29 MB that packs well. */
async function serveManyRows(t: TestContext): Promise<{ url: string; size: number }> {
  const data = Buffer.from(goodLine.repeat(400_000));
  const archive = zip([{ path: name, data }]);
  const { url } = await serve(t, (_, response) => response.end(archive));
  return { url, size: data.length };
}

/** -1 where there is no file. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? -1;
}

/** As the published archive is made up. */
async function createArchive(t: TestContext): Promise<{ csv: Buffer; archive: Buffer }> {
  const csv = await createCsv(t);
  const others = ['2pageSessions.csv', 'readme.txt', '__MACOSX/._readme.txt'];
  const text = Buffer.from('nothing to see');
  return { csv, archive: zip([{ path: name, data: csv }, ...others.map((path) => ({ path, data: text }))]) };
}

interface ZipEntry {
  path: string;
  data: Buffer;
  /** What the archive says instead of the truth. */
  crc?: number;
  size?: number;
}

/** A zip archive after PKWARE's APPNOTE 6.3; written out here because libraries refuse to make bad ones. */
function zip(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { path, data, crc = readCrc32(data), size = data.length } of entries) {
    const packed = deflateRawSync(data);
    // Version 2.0, no flags, method 8 (deflate), midnight of 1 January 1980, CRC-32, sizes, length of name and extras.
    const fields = Buffer.from('14000000080000002100'.padEnd(52, '0'), 'hex');
    fields.writeUInt32LE(crc, 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(size, 18);
    fields.writeUInt16LE(Buffer.byteLength(path), 22);
    // Comment length, disk, attributes (two and four bytes), offset of the file.
    const more = Buffer.alloc(14);
    more.writeUInt32LE(offset, 10);
    const file = Buffer.concat([Buffer.from('PK\x03\x04'), fields, Buffer.from(path), packed]);
    directory.push(Buffer.from('PK\x01\x02\x14\0'), fields, more, Buffer.from(path));
    files.push(file);
    offset += file.length;
  }
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, ...directory, end]);
}

/** Gzip ends with the CRC-32 and the size. */
function readCrc32(data: Buffer): number {
  return gzipSync(data).readUInt32LE(gzipSync(data).length - 8);
}

async function serve(
  t: TestContext,
  listener: RequestListener,
  port = 0,
): Promise<{ url: string; requests: IncomingMessage[]; stop(): Promise<void> }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.closeAllConnections();
    if (server.listening) await once(server.close(), 'close');
  };
  atEnd(t, stop);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/news+aggregator.zip`,
    requests,
    stop,
  };
}

/** Cuts the first `cuts` answers in the middle. */
function cutting(archive: Buffer, cuts: number): RequestListener {
  let count = 0;
  return (_, response) => {
    response.writeHead(200, { 'content-length': archive.length });
    if (count++ < cuts) cut(response, archive.subarray(0, archive.length >> 1));
    else response.end(archive);
  };
}

/** Sends and, once that is on its way, breaks the connection. */
function cut(response: ServerResponse, bytes: Buffer): void {
  response.write(bytes, () => setTimeout(100).then(() => response.destroy()));
}

/** Resolves with the bytes sent when the client has gone, or all are sent. */
async function sendEndlessly(response: ServerResponse, bytes: number): Promise<number> {
  const block = Buffer.alloc(100_000);
  block.write('PK');
  let sent = 0;
  while (!response.destroyed && sent < bytes) {
    response.write(block);
    sent += block.length;
    await setTimeout(1);
  }
  return sent;
}

async function keepSockets(t: TestContext, server: ReturnType<typeof createTcpServer>): Promise<Set<Socket>> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket.on('error', () => {}));
  });
  await once(server, 'listening');
  atEnd(t, async () => {
    for (const socket of sockets) socket.destroy();
    await once(server.close(), 'close');
  });
  return sockets;
}

async function rejectsAtOnce(downloading: Promise<string>, stop: AbortController): Promise<void> {
  const start = performance.now();
  stop.abort();
  await assert.rejects(downloading, { name: 'AbortError' });
  // Waits for a connection, an answer or another attempt take longer.
  assert.ok(performance.now() - start < 4000);
}

/** A file system of so many bytes, or undefined where that takes rights that this user does not have. */
async function mountSmallDisk(t: TestContext, bytes: number): Promise<string | undefined> {
  const folder = join(await temporaryFolder(t), 'disk');
  await mkdir(folder);
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  if (status !== 0) return undefined;
  atEnd(t, () => spawnSync('umount', [folder]));
  return folder;
}
