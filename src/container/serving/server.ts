// Step 8: classifier → HTTP server. SageMaker's hosting contract: GET /ping and POST /invocations. It stands on Node's
// own HTTP server, since a framework would cost a quarter of what a request costs here, for four addresses.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Classifier } from '../../model/training/classifier';
import { type AnswerWriter, createWriters } from './answers';
import type { MediaType } from './formats';
import { answer, answerError, send } from './httpAnswer';
import { createHttpServer, type Listener } from './httpServer';
import { type Answered, createInvocation } from './invocation';
import { chooseAnswerType, formatOf, readContentType, refuseEncoding, refuseExpectation } from './mediaType';
import { createPredictionQueue, type PredictionQueue } from './predictionQueue';
import { collectBody, tooLarge } from './requestBody';
import { RequestError } from './requestError';

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
  /** Told of each error of the server's own, which a request got as 500. */
  onError?: (error: unknown) => void;
  /** Whether `onAnswered` is told of the headlines themselves. @default false */
  keepsTitles?: boolean;
  /** What /metrics answers. @default there is no /metrics */
  metrics?: { readonly contentType: string; text(): Promise<string> };
}

export interface Server extends Listener {
  /** From now on /ping answers 200 and /invocations predicts; before, both answer 503. */
  use(
    classifier: Pick<Classifier, 'predict' | 'model'> & {
      description: Pick<Classifier['description'], 'labels'> & Partial<Classifier['description']>;
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
  /** Names of the column with the headlines in CSV. */
  columns: readonly string[];
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
  const { waitSeconds = 10, heldBytes = 67_108_864, keepsTitles = false } = options;
  const { onAnswered = () => {}, onError = () => {} } = options;
  let model: Model | undefined;

  const loaded = (): Model => {
    if (model) return model;
    throw new RequestError(503, 'The model is still being loaded. Try again in a moment.', 1);
  };
  const routes: Readonly<Record<string, Route>> = {
    '/ping': { methods: ['GET', 'HEAD'], handle: ping },
    '/invocations': { methods: ['POST'], handle: invoke },
    '/execution-parameters': { methods: ['GET', 'HEAD'], handle: tellParameters },
    ...(metrics && { '/metrics': { methods: ['GET', 'HEAD'], handle: tellMetrics } }),
  };
  const known = Object.entries(routes).map(([path, { methods }]) => `${methods[0]} ${path}`);

  function route(request: IncomingMessage, response: ServerResponse, begun: number): void {
    const fail = (error: unknown) => answerError(response, toRequestError(error), http.headers());
    try {
      const pending = dispatch(request, response, begun);
      if (pending instanceof Promise) pending.catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  /** An error of the server's own is told, and gets a sentence that keeps it to itself. */
  function toRequestError(error: unknown): RequestError {
    if (error instanceof RequestError) return error;
    onError(error);
    return new RequestError(500, 'The server failed on this request; its log says why.');
  }

  function dispatch(request: IncomingMessage, response: ServerResponse, begun: number): unknown {
    const { method = '', url = '' } = request;
    const path = Object.hasOwn(routes, url) ? url : pathOf(url);
    const found = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (found?.methods.includes(method)) return found.handle(request, response, begun);
    const methods = path === '*' ? ['GET', 'HEAD', 'POST'] : found?.methods;
    const allow = methods ? ['Allow', [...methods, 'OPTIONS'].join(', ')] : [];
    const headers = [...allow, ...http.headers()];
    if (methods && method === 'OPTIONS') return send(response, 204, { headers, body: [] });
    const sentence = `There is no ${method} ${url.slice(0, 100)}; there are ${known.join(', ')}.`;
    return answerError(response, new RequestError(methods ? 405 : 404, sentence), headers);
  }

  function ping(_request: IncomingMessage, response: ServerResponse): void {
    loaded();
    answer(response, 200, 'application/json', '{}', http.headers());
  }

  /** What is told must not fail a request. */
  function tell(answered: Answered): void {
    try {
      onAnswered(answered);
    } catch (error) {
      onError(error);
    }
  }

  function invoke(request: IncomingMessage, response: ServerResponse, begun: number): void {
    const refuse = (error: RequestError) => {
      answerError(response, error, http.headers());
      const milliseconds = performance.now() - begun;
      tell({ request, status: error.statusCode, headlines: 0, bytes: 0, milliseconds, titles: [], error });
    };
    try {
      receive(request, response, { begun, refuse });
    } catch (error) {
      refuse(toRequestError(error));
    }
  }

  function receive(
    request: IncomingMessage,
    response: ServerResponse,
    { begun, refuse }: { begun: number; refuse: (error: RequestError) => void },
  ): void {
    const { queue, writers, columns } = loaded();
    const { rawHeaders } = request;
    const { name, header } = readContentType(headerOf(rawHeaders, 'content-type'));
    const answerType = chooseAnswerType(headerOf(rawHeaders, 'accept'), name);
    refuseEncoding(headerOf(rawHeaders, 'content-encoding'));
    const expect = headerOf(rawHeaders, 'expect');
    refuseExpectation(expect);
    const announced = Number(headerOf(rawHeaders, 'content-length') ?? 0);
    if (announced > maxPayloadBytes) throw tooLarge(maxPayloadBytes);
    const refusal = queue.refusal(announced, 0);
    if (refusal) throw refusal;
    if (expect !== undefined && request.httpVersion === '1.1') response.writeContinue();
    const { hold } = queue;
    const invocation = {
      response,
      type: formatOf(name),
      csv: { columns, ...(header && { header }) },
      answerType,
      writer: writers[formatOf(answerType)],
      begun,
      deadline: begun + deadlineSeconds * 1000,
      headers: http.headers,
      keepsTitles,
      hold,
      onAnswered: tell,
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
    use({ description: { labels, hyperparameters }, predict, model: id }) {
      const queue = createPredictionQueue(predict, { waitSeconds, heldBytes });
      const columns = [String(hyperparameters?.text_column || newsColumn), 'headline'];
      model = { queue, columns, writers: createWriters(labels, id) };
    },
    waiting: () => model?.queue.size() ?? 0,
  };
}

/** The column of the headlines where training was told of none, as in the news data of the workshop. */
const newsColumn = 'TITLE';

interface Route {
  readonly methods: readonly string[];
  handle(request: IncomingMessage, response: ServerResponse, begun: number): unknown;
}

/** The path of a request's target, which may be a whole address, with a query or a slash at its end. */
function pathOf(target: string): string {
  const path = target.replace(/^https?:\/\/[^/?]*/i, '').replace(/\?.*$/s, '');
  return path.replace(/(?<=.)\/$/, '');
}

/** A header's value, of Node's list of names and values; those of several lines as one list. */
function headerOf(rawHeaders: readonly string[], name: string): string | undefined {
  let value: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const candidate = rawHeaders[at] as string;
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue;
    const more = rawHeaders[at + 1] as string;
    value = value === undefined || value === more ? more : `${value}, ${more}`;
  }
  return value;
}
