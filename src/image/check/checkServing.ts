// Checks of an image's `serve`, each with a container of its own over the artifact that training has left.
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestRequest } from './options';
import { invoke, openInvocation, ping } from './request';
import { describeAnswer, expectAnswer, expectService, type Server, withServer } from './server';
import { expectEnd } from './stop';
import { fail, type Subject } from './subject';
import { signalContainer } from './trial';

const healthRemedy =
  'Listen on port 8080 of all addresses (0.0.0.0), and answer GET /ping with 200 as soon as the model is loaded.';
const answerRemedy =
  'The log says why; the option request says what was sent. The artifact is the one that train has left.';

/** The artifact is loaded, and /ping answers 200 in time. */
export async function checkStartUp(subject: Subject): Promise<string> {
  return await withServer(
    subject,
    { remedy: healthRemedy },
    async ({ startUpSeconds }) => `/ping answers 200 after ${startUpSeconds.toFixed(1)} s`,
  );
}

/** A good request is answered from the artifact. */
export async function checkGoodRequest(subject: Subject): Promise<string> {
  return await expectService(subject, { remedy: answerRemedy });
}

/** Bad requests get a status from 400 to 499 with a message, others no 5xx; afterwards all is as before. */
export async function checkBadRequests(subject: Subject): Promise<string> {
  const { request, badRequest } = subject.settings;
  return await withServer(subject, { remedy: healthRemedy }, async (server) => {
    const refusal = await invoke(server.url, badRequest.contentType, badRequest.body);
    const isRefused = refusal && refusal.status >= 400 && refusal.status < 500 && refusal.text !== '';
    if (!isRefused) {
      fail(
        `The bad request got ${describeAnswer(refusal)} instead of a status from 400 to 499 with a message.`,
        'Check the request before the model gets it, and say in the answer what is wrong and what was expected.',
      );
    }
    for (const [name, odd] of Object.entries(oddRequests(request))) {
      const answer = await invoke(server.url, odd.contentType, odd.body);
      if (answer && answer.status < 500) continue;
      fail(
        `A request with ${name} got ${describeAnswer(answer)}: the client is at fault, not the server.`,
        'Answer what cannot be read with a status from 400 to 499.',
      );
    }
    await expectAnswer(
      server,
      request,
      'It was answered before the bad requests: they must leave nothing behind.',
    );
    return `${describeAnswer(refusal)}; no 5xx to broken ones, and good ones are still answered`;
  });
}

/** Of these it is not known whether an image takes them, but that none is the server's own fault. */
function oddRequests({
  contentType,
  body,
}: TestRequest): Record<string, { contentType: string; body: string | Buffer }> {
  return {
    'an empty body': { contentType, body: '' },
    'half a body': { contentType, body: body.slice(0, body.length / 2) },
    'a body of bytes that are no text': { contentType, body: Buffer.from([0xff, 0xfe, 0x00, 0x80]) },
    'an unknown content type': { contentType: 'application/x-unknown', body },
  };
}

/** SageMaker's limit for /ping. */
const pingSeconds = 2;
const loadSeconds = 2;
const clients = 4;

/** While requests are answered, /ping answers 200 and never takes 2 seconds. */
export async function checkPing(subject: Subject): Promise<string> {
  return await withServer(subject, { remedy: healthRemedy }, async (server) => {
    const end = performance.now() + loadSeconds * 1000;
    let answered = 0;
    let slowest = 0;
    const ask = async () => {
      while (performance.now() < end) {
        await expectAnswer(server, subject.settings.request, answerRemedy);
        answered++;
      }
    };
    const watch = async () => {
      while (performance.now() < end) {
        slowest = Math.max(slowest, await pingInTime(server));
        await sleep(50);
      }
    };
    await Promise.all([watch(), ...Array.from({ length: clients }, ask)]);
    return `at most ${(slowest * 1000).toFixed(0)} ms while ${answered} requests were answered`;
  });
}

async function pingInTime({ url }: Server): Promise<number> {
  const answer = await ping(url);
  if (answer?.status === 200 && answer.seconds < pingSeconds) return answer.seconds;
  return fail(
    `While requests were answered, /ping got ${describeAnswer(answer)}` +
      `${answer ? ` after ${answer.seconds.toFixed(1)} s` : ''}: SageMaker takes an endpoint for unhealthy that needs ` +
      `${pingSeconds} s.`,
    'Let /ping do nothing but answer, and let predictions leave room for it: another process or thread, or smaller parts.',
  );
}

/** Between the first half of a request, SIGTERM, and the other half. */
const partSeconds = 0.5;

/** SIGTERM ends the server in time, and the request under way is answered. */
export async function checkServingStop(subject: Subject): Promise<string> {
  return await withServer(subject, { remedy: healthRemedy }, async (server) => {
    const { container, url } = server;
    const { contentType, body } = subject.settings.request;
    const bytes = Buffer.from(body);
    const underWay = openInvocation(url, contentType, bytes.length);
    underWay.body.write(bytes.subarray(0, bytes.length / 2));
    await sleep(partSeconds * 1000);
    await signalContainer(container, 'SIGTERM');
    const begun = performance.now();
    await sleep(partSeconds * 1000);
    underWay.body.end(bytes.subarray(bytes.length / 2));
    const answer = await underWay.answer;
    await expectEnd(container, 'serve', subject.settings.seconds.servingStop);
    if (answer?.status !== 200) {
      fail(
        `The request that was under way when SIGTERM came got ${describeAnswer(answer)}.`,
        'After SIGTERM take no new connections, answer what has begun, then end.',
      );
    }
    const seconds = (performance.now() - begun) / 1000;
    return `ended after ${seconds.toFixed(1)} s, the request under way was answered`;
  });
}

/** The port that SageMaker asks for. */
export async function checkPort(subject: Subject): Promise<string> {
  return await expectService(subject, {
    port: 8765,
    remedy:
      'Listen on the port that SAGEMAKER_BIND_TO_PORT names, and on 8080 where it is not set: in endpoints of several ' +
      'containers each has a port of its own.',
  });
}
