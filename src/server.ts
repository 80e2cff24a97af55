// Step 8: classifier → HTTP server. SageMaker's hosting contract: GET /ping and POST /invocations.
import { setImmediate } from 'node:timers/promises';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply } from 'fastify';
import type { Classifier, Prediction } from './classifier';

export interface ServerOptions {
  /** Larger request bodies are answered with 413. @default 6291456 bytes, the limit of InvokeEndpoint */
  maxPayloadBytes?: number;
}

export interface Server {
  readonly app: FastifyInstance;
  /** From now on /ping answers 200 and /invocations predicts; before, both answer 503. */
  use(classifier: Classifier): void;
}

/** The largest request body that SageMaker's API model allows. */
export const defaultMaxPayloadBytes = 6_291_456;

const howTo = 'Send {"input": "a headline"} or {"input": ["one", "another"]} as application/json.';

/** A request that cannot be answered, with its HTTP status. */
class RequestError extends Error {
  constructor(
    readonly statusCode: number,
    message: string,
  ) {
    super(message);
  }
}

/** A server that does not listen yet; `app.listen` starts it and `app.close` drains it. */
export function createServer({ maxPayloadBytes = defaultMaxPayloadBytes }: ServerOptions = {}): Server {
  const app = fastify({
    bodyLimit: maxPayloadBytes,
    forceCloseConnections: 'idle',
    // For what Fastify refuses before it looks for a route, such as an address that cannot be decoded.
    frameworkErrors: (error, _request, reply: FastifyReply) =>
      reply.status(error.statusCode ?? 400).send({ error: error.message }),
  });
  app.removeContentTypeParser('text/plain');
  hangUpWhenClosing(app);
  let classifier: Classifier | undefined;
  const loaded = (): Classifier => {
    if (classifier) return classifier;
    throw new RequestError(503, 'The model is still being loaded. Try again in a moment.');
  };

  app.get('/ping', async () => {
    loaded();
    return {};
  });
  app.post('/invocations', async (request) => answer(loaded(), request.body));
  app.setNotFoundHandler(async (request) => {
    throw new RequestError(
      404,
      `There is no ${request.method} ${request.url}; there are GET /ping and POST /invocations.`,
    );
  });
  app.setErrorHandler<FastifyError>(async (error, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status === 500) console.error(error);
    return reply.status(status).send({ error: explain(error, status, maxPayloadBytes) });
  });
  return {
    app,
    use: (ready) => {
      classifier = ready;
    },
  };
}

/** Else a client that keeps its connection would hold up `app.close` for more than a minute. */
function hangUpWhenClosing(app: FastifyInstance): void {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('connection', 'close');
  });
}

/** Between parts of a long list other requests have their turn, so that /ping stays quick. */
const headlinesAtOnce = 512;

async function answer(classifier: Classifier, body: unknown) {
  const input = (body as { input?: unknown } | null | undefined)?.input;
  if (typeof input === 'string') return classifier.predict([input])[0];
  if (!Array.isArray(input))
    throw new RequestError(400, `"input" is missing or is neither text nor a list. ${howTo}`);
  if (input.length === 0) throw new RequestError(400, `"input" is an empty list. ${howTo}`);
  const wrong = input.findIndex((headline) => typeof headline !== 'string');
  if (wrong >= 0) throw new RequestError(400, `"input"[${wrong}] is not text. ${howTo}`);
  const results: Prediction[] = [];
  for (let first = 0; first < input.length; first += headlinesAtOnce) {
    results.push(...classifier.predict(input.slice(first, first + headlinesAtOnce)));
    await setImmediate();
  }
  return { results };
}

function explain(error: FastifyError, status: number, maxPayloadBytes: number): string {
  if (error instanceof RequestError) return error.message;
  if (status === 413)
    return `The body is larger than ${maxPayloadBytes} bytes. Send fewer headlines at a time.`;
  if (status === 415) return `This content type is not understood. ${howTo}`;
  if (error.code === 'FST_ERR_CTP_EMPTY_JSON_BODY') return `The body is empty. ${howTo}`;
  if (error.code === 'FST_ERR_CTP_INVALID_JSON_BODY') {
    return `The body is not valid JSON, or has a key that is not allowed, such as "__proto__". ${howTo}`;
  }
  return status < 500 ? error.message : 'The prediction failed; the server’s log says why.';
}
