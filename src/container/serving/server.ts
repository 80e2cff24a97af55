// Classifier → HTTP server. SageMaker's hosting contract: GET /ping and POST /invocations.
import type { Classifier } from '../../model/training/classifier';
import { createWriters } from './codecs/codecs';
import { executionParameters } from './executionParameters';
import { answer } from './http/answer';
import { RequestError } from './http/requestError';
import { createRouter, type Route } from './http/router';
import { createHttpServer, type Listener } from './http/server';
import { defaultMaxPayloadBytes } from './http/sizeLimits';
import type { Answered } from './invocation';
import { createInvocations, type Model } from './invocationsRoute';
import { createPredictionQueue } from './queue/predictionQueue';

export interface ServerOptions {
  /** Larger request bodies get 413. @default 6291456 bytes, the limit of InvokeEndpoint */
  maxPayloadBytes?: number;
  /** A request that takes longer gets 503, or 408 while it arrives. @default 60, SageMaker's limit */
  deadlineSeconds?: number;
  /** A new request gets 503 at once if the waiting ones need longer. @default 10 */
  waitSeconds?: number;
  /** A new request gets 503 at once if bodies and answers would take more bytes of memory. @default 67108864 */
  heldBytes?: number;
  /** Number of requests that batch transform may send at a time. @default 4 */
  concurrency?: number;
  /** Largest request of a batch transform, in MiB, unless less fits. @default 100 */
  batchMegabytes?: number;
  /** Whether each answer ends its connection, so that the next request may reach an idle worker. @default false */
  closesEach?: boolean;
  /** Called for each invocation that has been answered. */
  onAnswered?: (answered: Answered) => void;
  /** Called for each error of the server's own; the request gets 500. */
  onError?: (error: unknown) => void;
  /** Whether `onAnswered` gets the headlines. @default false */
  keepsTitles?: boolean;
  /** Returns the content of /metrics. @default no /metrics */
  metrics?: { readonly contentType: string; text(): Promise<string> };
}

export interface Server extends Listener {
  /** Sets the model. From then on /ping answers 200 and /invocations predicts; before, both answer 503. */
  use(
    classifier: Pick<Classifier, 'predict' | 'model'> & {
      description: Pick<Classifier['description'], 'labels'> & Partial<Classifier['description']>;
    },
  ): void;
  /** Returns the number of requests waiting for the model. */
  waiting(): number;
}

const reading = ['GET', 'HEAD'];

/** The column of the headlines if training did not name one, as in the workshop's news data. */
const newsColumn = 'TITLE';

/** Creates a server that does not listen yet. */
export function createServer(options: ServerOptions = {}): Server {
  const { maxPayloadBytes = defaultMaxPayloadBytes, deadlineSeconds = 60, closesEach = false } = options;
  const { waitSeconds = 10, heldBytes = 67_108_864, keepsTitles = false, metrics } = options;
  const { concurrency = 4, batchMegabytes = 100, onAnswered = () => {}, onError = () => {} } = options;
  let model: Model | undefined;

  const loaded = (): Model => {
    if (model) return model;
    throw new RequestError(503, 'The model is still loading. Try again in a moment.', 1);
  };
  /** Keeps the details of an unexpected error from the client. */
  const toRequestError = (error: unknown): RequestError => {
    if (error instanceof RequestError) return error;
    onError(error);
    return new RequestError(500, 'The server failed on this request. See its log.');
  };
  const headers = (): readonly string[] => http.headers();
  const tell = (contentType: string, text: () => string | Promise<string>): Route => ({
    methods: reading,
    handle(_request, response) {
      const body = text();
      if (typeof body === 'string') return answer(response, 200, contentType, body, headers());
      return body.then((late) => answer(response, 200, contentType, late, headers()));
    },
  });
  const json = 'application/json';
  const parameters = executionParameters({ concurrency, batchMegabytes, maxPayloadBytes });
  const routes: Readonly<Record<string, Route>> = {
    '/ping': tell(json, () => loaded() && '{}'),
    '/invocations': {
      methods: ['POST'],
      handle: createInvocations({
        ...{ model: loaded, maxPayloadBytes, deadlineSeconds, keepsTitles, headers, toRequestError },
        onAnswered(answered) {
          try {
            onAnswered(answered);
          } catch (error) {
            onError(error);
          }
        },
      }),
    },
    '/execution-parameters': tell(json, () => parameters),
    ...(metrics && { '/metrics': tell(metrics.contentType, () => metrics.text()) }),
  };
  const http = createHttpServer({
    handle: createRouter({ routes, headers, toRequestError }),
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
