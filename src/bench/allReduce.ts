// One of the hosts of a plain data-parallel run, as far as the network is concerned: the gradients of all hosts are added up
// around a ring, each host sending 2(n − 1)/n of them. Runs in a container by `node -e`, so it loads Node's own modules
// only. Its environment: RANK, HOSTS (their names, in order), MEGABYTES (a list), ROUNDS. The first host prints a line of
// JSON: for each size the milliseconds of a round, at the median.
import { connect, createServer, type Socket } from 'node:net';

const port = 9000;
const { RANK = '0', HOSTS = '', MEGABYTES = '1', ROUNDS = '5' } = process.env;
const rank = Number(RANK);
const hosts = HOSTS.split(' ');
const count = hosts.length;

/** Exactly so many bytes of a socket at a time. */
function reader(socket: Socket): (target: Buffer) => Promise<void> {
  const iterator = socket[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  return async (target) => {
    let filled = 0;
    while (filled < target.length) {
      if (rest.length === 0) rest = (await iterator.next()).value as Buffer;
      const taken = Math.min(rest.length, target.length - filled);
      rest.copy(target, filled, 0, taken);
      rest = rest.subarray(taken);
      filled += taken;
    }
  };
}

async function joinRing(): Promise<{ next: Socket; read: (target: Buffer) => Promise<void> }> {
  const previous = new Promise<Socket>((joined) => {
    createServer(joined).listen(port);
  });
  const next = await reach(hosts[(rank + 1) % count] as string);
  return { next: next.setNoDelay(true), read: reader(await previous) };
}

async function reach(host: string): Promise<Socket> {
  for (;;) {
    const socket = connect(port, host);
    const isThere = await new Promise<boolean>((settle) => {
      socket.once('connect', () => settle(true)).once('error', () => settle(false));
    });
    if (isThere) return socket.on('error', () => undefined);
    await new Promise((again) => setTimeout(again, 50));
  }
}

async function main(): Promise<void> {
  const { next, read } = await joinRing();
  const milliseconds: Record<string, number> = {};
  for (const megabytes of MEGABYTES.split(' ')) {
    const times: number[] = [];
    for (let round = 0; round <= Number(ROUNDS); round++) {
      const length = Math.max(count, Math.round((Number(megabytes) * 1e6) / 4 / count) * count);
      const gradient = new Float32Array(length).fill(rank + 1);
      const begun = performance.now();
      await addUp(gradient, next, read);
      // The first one finds the way.
      if (round > 0) times.push(performance.now() - begun);
      const sum = (count * (count + 1)) / 2;
      if (!gradient.every((value) => value === sum))
        throw new Error(`Host ${rank} did not get the sum ${sum}.`);
    }
    milliseconds[megabytes] = times.sort((one, other) => one - other)[times.length >> 1] as number;
  }
  if (rank === 0) console.log(JSON.stringify(milliseconds));
  next.end();
  process.exit(0);
}

/** First every host sums up a part, then it hands that on. */
async function addUp(
  gradient: Float32Array,
  next: Socket,
  read: (target: Buffer) => Promise<void>,
): Promise<void> {
  const size = gradient.length / count;
  const part = (index: number) => {
    const at = ((index % count) + count) % count;
    return gradient.subarray(at * size, (at + 1) * size);
  };
  const received = new Float32Array(size);
  for (let step = 0; step < 2 * (count - 1); step++) {
    const isSum = step < count - 1;
    const offset = isSum ? rank - step : rank + 1 - (step - count + 1);
    next.write(Buffer.from(bytesOf(part(offset))));
    await read(bytesOf(received));
    const target = part(offset - 1);
    if (!isSum) target.set(received);
    else for (let index = 0; index < size; index++) (target[index] as number) += received[index] as number;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Buffer {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
