// Checks of an image's `serve`, each in a separate container with the artifact of the training check.
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestRequest } from './options';
import { invoke, openInvocation, ping } from './request';
import { describeAnswer, expectAnswer, expectService, type Server, withServer } from './server';
import { expectEnd } from './stop';
import { fail, type Subject } from './subject';
import { signalContainer } from './trial';

const healthRemedy =
  'Listen on port 8080 of all addresses (0.0.0.0), and respond to GET /ping with 200 as soon as the model is loaded.';
const answerRemedy = 'See the log for the cause. The request is the option request; train made the artifact.';

/** Checks that /ping responds with 200 in time. */
export async function checkStartUp(subject: Subject): Promise<string> {
  return await withServer(
    subject,
    { remedy: healthRemedy },
    async ({ startUpSeconds }) => `/ping responds with 200 after ${startUpSeconds.toFixed(1)} s`,
  );
}

/** Checks the response to a good request. */
export async function checkGoodRequest(subject: Subject): Promise<string> {
  return await expectService(subject, { remedy: answerRemedy });
}

/** Checks that bad requests get a status from 400 to 499 with a message, odd ones no 5xx, and good ones still work afterwards. */
export async function checkBadRequests(subject: Subject): Promise<string> {
  const { request, badRequest } = subject.settings;
  return await withServer(subject, { remedy: healthRemedy }, async (server) => {
    const rejection = await invoke(server.url, badRequest.contentType, badRequest.body);
    const isRejected =
      rejection && rejection.status >= 400 && rejection.status < 500 && rejection.text !== '';
    if (!isRejected) {
      fail(
        `The bad request got ${describeAnswer(rejection)} instead of a status from 400 to 499 with a message.`,
        'Validate the request before it reaches the model, and describe in the response what is wrong and what was expected.',
      );
    }
    for (const [name, odd] of Object.entries(oddRequests(request))) {
      const answer = await invoke(server.url, odd.contentType, odd.body);
      if (answer && answer.status < 500) continue;
      fail(
        `A request with ${name} got ${describeAnswer(answer)}: the client is at fault, not the server.`,
        'Respond to an unreadable request with a status from 400 to 499.',
      );
    }
    await expectAnswer(
      server,
      request,
      'It worked before the bad requests, which must not affect later ones.',
    );
    return `${describeAnswer(rejection)}; no 5xx to malformed ones, and good ones still work`;
  });
}

/** Returns requests that an image may accept or reject, but that must not cause a server error. */
function oddRequests({
  contentType,
  body,
}: TestRequest): Record<string, { contentType: string; body: string | Buffer }> {
  return {
    'an empty body': { contentType, body: '' },
    'half a body': { contentType, body: body.slice(0, body.length / 2) },
    'a body of bytes that are not text': { contentType, body: Buffer.from([0xff, 0xfe, 0x00, 0x80]) },
    'an unknown content type': { contentType: 'application/x-unknown', body },
  };
}

/** SageMaker's limit for /ping. */
const pingSeconds = 2;
const loadSeconds = 2;
const clients = 4;

/** Checks that /ping responds with 200 within 2 seconds while requests are served. */
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
    return `at most ${(slowest * 1000).toFixed(0)} ms while ${answered} requests were served`;
  });
}

async function pingInTime({ url }: Server): Promise<number> {
  const answer = await ping(url);
  if (answer?.status === 200 && answer.seconds < pingSeconds) return answer.seconds;
  return fail(
    `While requests were served, /ping got ${describeAnswer(answer)}` +
      `${answer ? ` after ${answer.seconds.toFixed(1)} s` : ''}: SageMaker considers an endpoint unhealthy that needs ` +
      `${pingSeconds} s.`,
    'Let /ping only respond, and keep predictions from blocking it: use another process or thread, or smaller parts.',
  );
}

/** Seconds between the first half of a request, SIGTERM, and the second half. */
const partSeconds = 0.5;

/** Checks that SIGTERM ends the server in time, after it has responded to the pending request. */
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
        `The request pending at SIGTERM got ${describeAnswer(answer)}.`,
        'After SIGTERM, accept no new connections, complete pending requests, then end.',
      );
    }
    const seconds = (performance.now() - begun) / 1000;
    return `ended after ${seconds.toFixed(1)} s, and completed the pending request`;
  });
}

/** Checks that the server uses the port that SageMaker sets. */
export async function checkPort(subject: Subject): Promise<string> {
  return await expectService(subject, {
    port: 8765,
    remedy:
      'Listen on the port in SAGEMAKER_BIND_TO_PORT, or on 8080 if it is not set: in endpoints of several ' +
      'containers each has its own port.',
  });
}
