// Fuzzing, second part: bytes on raw connections: requests, damaged requests, or noise. The server must soon answer with a
// status other than 500, or hang up, and then serve as before.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type Random, seededRandom } from '../../data/random';

const json = '{"input": "bank profit"}';
const templates: readonly string[] = [
  post('application/json', json),
  post('application/json', '{"input": ["bank", "film \\ud800", ""]}', 'Accept: text/csv'),
  post('application/jsonlines', '"bank"\n{"input": "film"}\n'),
  post('text/csv', 'id,headline\n1,bank\n2,"film, drama"\n'),
  'GET /ping HTTP/1.1\r\nHost: a\r\n\r\n',
  'GET /execution-parameters HTTP/1.1\r\nHost: a\r\n\r\n',
  'POST /invocations HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n' +
    `5\r\n${json.slice(0, 5)}\r\n13;name=value\r\n${json.slice(5)}\r\n0\r\nTrailer: a\r\n\r\n`,
];

function post(type: string, body: string, ...headers: string[]): string {
  const length = Buffer.byteLength(body);
  const head = [`Content-Type: ${type}`, `Content-Length: ${length}`, ...headers].join('\r\n');
  return `POST /invocations HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n${body}`;
}

/** Pieces with a meaning to an HTTP server or a JSON parser. */
const pieces: readonly string[] = [
  ...['\r\n', '\r\n\r\n', '\n', '\0', ' ', ':', '\t', ',', '"', '{', '}', '[', ']', '\\', '\\ud800', '\xff'],
  ...[
    'Content-Length: 0\r\n',
    'Content-Length: 5\r\n',
    'Content-Length: -1\r\n',
    'Content-Length: 99999999999999999999\r\n',
  ],
  ...[
    'Transfer-Encoding: chunked\r\n',
    'Transfer-Encoding: gzip\r\n',
    'Content-Encoding: gzip\r\n',
    'Connection: close\r\n',
  ],
  ...[
    'Expect: 100-continue\r\n',
    'Expect: the unexpected\r\n',
    'Upgrade: websocket\r\nConnection: Upgrade\r\n',
    'Accept: */*\r\n',
  ],
  ...[
    'HTTP/1.0',
    'HTTP/2.0',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'CONNECT a:1 HTTP/1.1\r\n\r\n',
    'HEAD /ping HTTP/1.1\r\n\r\n',
  ],
  ...[
    '__proto__',
    '"__proto__":',
    '1e999',
    '-',
    'ffffffff\r\n',
    '0\r\n\r\n',
    'http://a/ping',
    '/../ping',
    '%00',
    '?',
  ],
  ...[
    '{"a":'.repeat(500),
    '['.repeat(5000),
    'X: y\r\n'.repeat(300),
    `X: ${'y'.repeat(20_000)}\r\n`,
    '9'.repeat(2000),
  ],
];

/** The longest wait for an answer or the end of the connection. */
const patienceMilliseconds = 30_000;
const atOnce = 16;
const inputsBetweenChecks = 500;

/**
 * Sends random inputs to the server at that port of this machine. Throws, with the input, if an answer is not allowed.
 * Calls `check` after every 500 inputs, which throws if the server no longer serves as before.
 */
export async function fuzzHttp(
  port: number,
  inputs: number,
  seed: number,
  check: () => Promise<void>,
): Promise<number> {
  for (let done = 0; done < inputs; done += inputsBetweenChecks) {
    const random = seededRandom(seed + done);
    let left = Math.min(inputsBetweenChecks, inputs - done);
    const work = async () => {
      while (left-- > 0) await tryInput(port, createInput(random), random.integer(8) === 0);
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    await check();
  }
  return inputs;
}

/** Makes one to three requests in a row, and changes them in some places. */
function createInput(random: Random): Buffer {
  const requests = Array.from({ length: 1 + random.integer(3) }, () => pick(random, templates));
  let input: Buffer = Buffer.from(requests.join(''), 'latin1');
  for (let changes = random.integer(6); changes > 0; changes--) input = change(random, input);
  return input;
}

function change(random: Random, input: Buffer): Buffer {
  const at = random.integer(input.length + 1);
  const end = Math.min(input.length, at + random.integer(20));
  const [before, between, after] = [input.subarray(0, at), input.subarray(at, end), input.subarray(end)];
  switch (random.integer(5)) {
    case 0:
      return Buffer.concat([before, after]);
    case 1:
      return Buffer.concat([before, between, between, after]);
    case 2:
      return Buffer.concat([before, Buffer.from(pick(random, pieces), 'latin1'), between, after]);
    case 3:
      return Buffer.concat([before, Buffer.from(pick(random, pieces), 'latin1'), after]);
    default: {
      const changed = Buffer.from(input);
      if (at < changed.length) changed[at] = random.integer(256);
      return changed;
    }
  }
}

function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[random.integer(values.length)] as Value;
}

/** @param vanishes whether the client hangs up instead of waiting for an answer */
async function tryInput(port: number, input: Buffer, vanishes: boolean): Promise<void> {
  const answer = await exchange(port, input, vanishes);
  const words = () => `to ${JSON.stringify(input.toString('latin1').slice(0, 2000))}`;
  assert.ok(answer !== undefined, `neither an answer nor an end ${words()}`);
  for (const [, status] of answer.matchAll(/HTTP\/1\.1 (\d+) /g)) {
    assert.ok(/^(100|200|4\d\d|501|503)$/.test(status as string), `status ${status} ${words()}`);
  }
}

/** Returns what the server sends until the connection ends; undefined if it does not end. */
async function exchange(port: number, input: Buffer, vanishes: boolean): Promise<string | undefined> {
  return await new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => {
      if (vanishes) socket.write(input, () => socket.resetAndDestroy());
      else socket.end(input);
    });
    const patience = setTimeout(() => {
      resolve(undefined);
      socket.destroy();
    }, patienceMilliseconds);
    socket.setEncoding('latin1').on('data', (text) => {
      answer += text;
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(patience);
      resolve(answer);
    });
  });
}
