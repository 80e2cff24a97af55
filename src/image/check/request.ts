// Requests to an image's server, each over a separate connection. They do not use fetch: on Node 20 it never returns if the
// server closes the connection at once, as the engine does for a container that does not listen yet.
import { type ClientRequest, type RequestOptions, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  status: number;
  text: string;
  seconds: number;
}

interface OpenRequest {
  /** The head is sent with the first part of the body. */
  readonly body: ClientRequest;
  /** Undefined if none comes in time. */
  readonly answer: Promise<Answer | undefined>;
}

/** Time limit for a ping: longer than SageMaker's, to tell a slow response from none. */
const pingSeconds = 10;
/** SageMaker's limit for an invocation. */
const invocationSeconds = 60;

/** Sends a ping and returns the response. */
export async function ping(url: string): Promise<Answer | undefined> {
  const { body, answer } = open(`${url}/ping`, pingSeconds, {});
  body.end();
  return await answer;
}

/** Sends an invocation and returns the response. */
export async function invoke(
  url: string,
  contentType: string,
  content: string | Buffer,
): Promise<Answer | undefined> {
  const { body, answer } = openInvocation(url, contentType, Buffer.byteLength(content));
  body.end(content);
  return await answer;
}

/** Opens an invocation, whose body the caller sends. */
export function openInvocation(url: string, contentType: string, bytes: number): OpenRequest {
  const headers = { 'content-type': contentType, 'content-length': bytes };
  return open(`${url}/invocations`, invocationSeconds, { method: 'POST', headers });
}

function open(url: string, seconds: number, options: RequestOptions): OpenRequest {
  const begun = performance.now();
  const signal = AbortSignal.timeout(seconds * 1000);
  const body = request(url, { ...options, agent: false, signal });
  const answer = new Promise<Answer | undefined>((done) => {
    body.on('error', () => done(undefined));
    body.once('response', (response) => {
      const status = response.statusCode as number;
      text(response).then(
        (all) => done({ status, text: all, seconds: (performance.now() - begun) / 1000 }),
        () => done(undefined),
      );
    });
  });
  return { body, answer };
}
