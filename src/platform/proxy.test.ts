import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { userError } from '../testing/folders';
import { proxyFor } from './proxy';

beforeEach(() => {
  for (const name of ['http_proxy', 'https_proxy', 'no_proxy']) {
    delete process.env[name];
    delete process.env[name.toUpperCase()];
  }
});

test('proxyFor() names the variable and the address, without a password', () => {
  assert.equal(proxyFor(new URL('https://example.com/')), undefined);
  process.env.HTTP_PROXY = 'http://me:secret@plain.example:3128';
  const plain = { address: 'http://plain.example:3128', variable: 'HTTP_PROXY' };
  assert.deepEqual(proxyFor(new URL('http://example.com/')), plain);
  assert.deepEqual(proxyFor(new URL('https://example.com/')), plain);
  process.env.https_proxy = 'https://safe.example';
  assert.deepEqual(proxyFor(new URL('https://example.com/')), {
    address: 'https://safe.example',
    variable: 'https_proxy',
  });
  assert.deepEqual(proxyFor(new URL('http://example.com/')), plain);
});

test('proxyFor() rejects a value that is not the address of a proxy', () => {
  for (const text of ['proxy.example:3128', 'http://', 'http://me:secret@a b']) {
    process.env.HTTP_PROXY = text;
    assert.throws(
      () => proxyFor(new URL('http://example.com/')),
      userError('HTTP_PROXY does not name a proxy'),
    );
  }
});

test('proxyFor() is nothing for what NO_PROXY excludes', () => {
  process.env.HTTPS_PROXY = 'http://proxy.example';
  process.env.NO_PROXY = 'localhost, .example.com *.example.org,host.example:8443';
  for (const [host, isExcluded] of [
    ['localhost', true],
    ['data.example.com', true],
    ['data.example.org', true],
    ['notexample.com', false],
    ['host.example:8443', true],
    ['host.example', false],
  ] as const) {
    assert.equal(proxyFor(new URL(`https://${host}/`)) === undefined, isExcluded, host);
  }
  process.env.NO_PROXY = '*';
  assert.equal(proxyFor(new URL('https://host.example/')), undefined);
});
