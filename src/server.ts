// Step 8: classifier → HTTP server. SageMaker's hosting contract: GET /ping and POST /invocations. It stands on Node's
// own HTTP server, since a framework would cost a quarter of what a request costs here, for four addresses.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Classifier } from './classifier';
import { answer, answerError } from './httpAnswer';
import { createHttpServer, type Listener } from './httpServer';
import { type Answered, createInvocation } from './invocation';
import { chooseAnswerType, readContentType, refuseEncoding, refuseExpectation } from './mediaType';
import { createPredictionQueue, type PredictionQueue } from './predictionQueue';
import { collectBody, tooLarge } from './requestBody';
import { RequestError } from './requestError';
import { type AnswerWriter, createWriters } from './servingAnswers';
import type { MediaType } from './servingFormats';

export interface ServerOptions {
  /** Larger request bodies are answered with 413. @default 6291456 bytes, the limit of InvokeEndpoint */
  maxPayloadBytes?: number;
  /** A request that takes longer is answered with 503, or with 408 while it arrives. @default 60, SageMaker's limit */
  deadlineSeconds?: number;
  /** Where what waits needs longer, a new request is answered with 503 at once. @default 10 */
  waitSeconds?: number;
  /** The same beyond so many bytes of bodies and answers in memory. @default 67108864 */
  heldBytes?: number;
  /** How many requests batch transform may send at a time. @default 4 */
  concurrency?: number;
  /** How long batch transform may make one at most, in MiB, unless less fits. @default 100 */
  batchMegabytes?: number;
  /** Whether each answer ends its connection, so that the next request may go to a worker that is idle. @default false */
  closesEach?: boolean;
  /** Told of each invocation that was answered. */
  onAnswered?: (answered: Answered) => void;
  /** Whether it is told of the headlines themselves. @default false */
  keepsTitles?: boolean;
  /** What /metrics answers. @default there is no /metrics */
  metrics?: { readonly contentType: string; text(): Promise<string> };
}

export interface Server extends Listener {
  /** From now on /ping answers 200 and /invocations predicts; before, both answer 503. */
  use(
    classifier: Pick<Classifier, 'predict' | 'model'> & {
      description: Pick<Classifier['description'], 'labels'>;
    },
  ): void;
  /** How many requests wait for the model. */
  waiting(): number;
}

/** The largest request body that SageMaker's API model allows. */
export const defaultMaxPayloadBytes = 6_291_456;

/** A classifier in use. */
interface Model {
  queue: PredictionQueue;
  writers: Readonly<Record<MediaType, AnswerWriter>>;
}

/** A server that does not listen yet; `close` drains it. */
export function createServer(options: ServerOptions = {}): Server {
  const {
    maxPayloadBytes = defaultMaxPayloadBytes,
    deadlineSeconds = 60,
    concurrency = 4,
    batchMegabytes = 100,
    closesEach = false,
    metrics,
  } = options;
  const { waitSeconds = 10, heldBytes = 67_108_864, keepsTitles = false, onAnswered = () => {} } = options;
  let model: Model | undefined;

  const loaded = (): Model => {
    if (model) return model;
    throw new RequestError(503, 'The model is still being loaded. Try again in a moment.', 1);
  };
  const routes: Readonly<Record<string, { method: string; handle: Handler }>> = {
    '/ping': { method: 'GET', handle: ping },
    '/invocations': { method: 'POST', handle: invoke },
    '/execution-parameters': { method: 'GET', handle: tellParameters },
    ...(metrics && { '/metrics': { method: 'GET', handle: tellMetrics } }),
  };
  const known = Object.entries(routes).map(([path, { method }]) => `${method} ${path}`);

  function route(request: IncomingMessage, response: ServerResponse, begun: number): void {
    const { method = '', url = '' } = request;
    const path = url.includes('?') ? url.slice(0, url.indexOf('?')) : url;
    const found = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (found && (method === found.method || (method === 'HEAD' && found.method === 'GET'))) {
      found.handle(request, response, begun);
      return;
    }
    const sentence = `There is no ${method} ${url.slice(0, 100)}; there are ${known.join(', ')}.`;
    const allow = found ? ['Allow', found.method] : [];
    answerError(response, new RequestError(found ? 405 : 404, sentence), [...allow, ...http.headers()]);
  }

  function ping(_request: IncomingMessage, response: ServerResponse): void {
    try {
      loaded();
      answer(response, 200, 'application/json', '{}', http.headers());
    } catch (error) {
      answerError(response, error as RequestError, http.headers());
    }
  }

  function invoke(request: IncomingMessage, response: ServerResponse, begun: number): void {
    const refuse = (error: RequestError) => {
      answerError(response, error, http.headers());
      const milliseconds = performance.now() - begun;
      onAnswered({
        request,
        status: error.statusCode,
        headlines: 0,
        bytes: 0,
        milliseconds,
        titles: [],
        error,
      });
    };
    try {
      receive(request, response, begun, refuse);
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      refuse(error);
    }
  }

  function receive(
    request: IncomingMessage,
    response: ServerResponse,
    begun: number,
    refuse: (error: RequestError) => void,
  ): void {
    const { queue, writers } = loaded();
    const { rawHeaders } = request;
    const type = readContentType(headerOf(rawHeaders, 'content-type'));
    const answerType = chooseAnswerType(headerOf(rawHeaders, 'accept'), type);
    refuseEncoding(headerOf(rawHeaders, 'content-encoding'));
    refuseExpectation(headerOf(rawHeaders, 'expect'));
    const announced = Number(headerOf(rawHeaders, 'content-length') ?? 0);
    if (announced > maxPayloadBytes) throw tooLarge(maxPayloadBytes);
    const refusal = queue.refusal(announced, 0);
    if (refusal) throw refusal;
    const { hold } = queue;
    const { headers } = http;
    const deadline = begun + deadlineSeconds * 1000;
    const writer = writers[answerType];
    const invocation = {
      response,
      type,
      answerType,
      writer,
      begun,
      deadline,
      headers,
      keepsTitles,
      hold,
      onAnswered,
    };
    collectBody(
      request,
      { maxBytes: maxPayloadBytes, hold, refusal: queue.refusal },
      (body) => queue.add(createInvocation(body, invocation)),
      refuse,
    );
  }

  function tellParameters(_request: IncomingMessage, response: ServerResponse): void {
    const parameters = {
      MaxConcurrentTransforms: concurrency,
      BatchStrategy: 'MULTI_RECORD',
      MaxPayloadInMB: Math.min(
        batchMegabytes,
        Math.floor(maxPayloadBytes / 1_048_576),
        Math.floor(100 / concurrency),
      ),
    };
    answer(response, 200, 'application/json', JSON.stringify(parameters), http.headers());
  }

  async function tellMetrics(_request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (metrics) answer(response, 200, metrics.contentType, await metrics.text(), http.headers());
  }

  const http = createHttpServer({
    handle: route,
    onConnection: () => model?.queue.makeRoom(),
    deadlineSeconds,
    closesEach,
  });
  return {
    ...http,
    use({ description: { labels }, predict, model: id }) {
      const queue = createPredictionQueue(predict, { waitSeconds, heldBytes });
      model = { queue, writers: createWriters(labels, id) };
    },
    waiting: () => model?.queue.size() ?? 0,
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse, begun: number) => unknown;

/** A header's value, of Node's list of names and values: looking for a few takes less than making an object of all. */
function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const candidate = rawHeaders[at] as string;
    if (candidate.length === name.length && candidate.toLowerCase() === name) return rawHeaders[at + 1];
  }
  return undefined;
}
