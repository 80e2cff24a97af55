// POST /invocations, from a request's head to its place in the queue.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnswerWriter } from './codecs/codec';
import { formatOf, type MediaType } from './codecs/codecs';
import { chooseAnswerType, readContentType, rejectEncoding, rejectExpectation } from './codecs/mediaType';
import { answerError } from './http/answer';
import { headerOf } from './http/headers';
import { collectBody } from './http/requestBody';
import type { RequestError } from './http/requestError';
import type { Route } from './http/router';
import { bodyTooLarge } from './http/sizeLimits';
import { type Answered, createInvocation } from './invocation';
import type { PredictionQueue } from './queue/predictionQueue';

/** A classifier in use. */
export interface Model {
  readonly queue: PredictionQueue;
  /** Accepted names of the CSV column with the headlines. */
  readonly columns: readonly string[];
  readonly writers: Readonly<Record<MediaType, AnswerWriter>>;
}

interface InvocationsOptions {
  /** Throws a {@link RequestError} until the model is loaded. */
  model(): Model;
  readonly maxPayloadBytes: number;
  readonly deadlineSeconds: number;
  readonly keepsTitles: boolean;
  headers(): readonly string[];
  toRequestError(error: unknown): RequestError;
  onAnswered(answered: Answered): void;
}

/** Creates the route's handler. */
export function createInvocations(options: InvocationsOptions): Route['handle'] {
  const { headers, toRequestError, onAnswered } = options;
  return (request, response, begun) => {
    const reject = (error: RequestError) => {
      answerError(response, error, headers());
      const milliseconds = performance.now() - begun;
      const { statusCode: status } = error;
      onAnswered({
        request,
        status,
        headlines: 0,
        answeredBy: new Map(),
        bytes: 0,
        milliseconds,
        titles: [],
        error,
      });
    };
    try {
      receive({ request, response, begun, reject }, options);
    } catch (error) {
      reject(toRequestError(error));
    }
  };
}

interface Received {
  request: IncomingMessage;
  response: ServerResponse;
  begun: number;
  reject(error: RequestError): void;
}

/** Checks the head, then collects the body and queues it. Throws a {@link RequestError} for a head that is not accepted. */
function receive({ request, response, begun, reject }: Received, options: InvocationsOptions): void {
  const { maxPayloadBytes: maxBytes, deadlineSeconds, headers, keepsTitles, onAnswered } = options;
  const { queue, writers, columns } = options.model();
  const { hold, rejection } = queue;
  const { rawHeaders } = request;
  const { name, header } = readContentType(headerOf(rawHeaders, 'content-type'));
  const answerType = chooseAnswerType(headerOf(rawHeaders, 'accept'), name);
  rejectEncoding(headerOf(rawHeaders, 'content-encoding'));
  const expect = headerOf(rawHeaders, 'expect');
  rejectExpectation(expect);
  const announced = Number(headerOf(rawHeaders, 'content-length') ?? 0);
  if (announced > maxBytes) throw bodyTooLarge(maxBytes);
  const tooBusy = rejection(announced, 0);
  if (tooBusy) throw tooBusy;
  if (expect !== undefined && request.httpVersion === '1.1') response.writeContinue();
  const invocation = {
    response,
    type: formatOf(name),
    readOptions: { columns, ...(header && { header }) },
    answerType,
    writer: writers[formatOf(answerType)],
    begun,
    deadline: begun + deadlineSeconds * 1000,
    headers,
    keepsTitles,
    hold,
    onAnswered,
  };
  const queueBody = (body: Buffer) => queue.add(createInvocation(body, invocation));
  collectBody(request, { maxBytes, hold, rejection }, queueBody, reject);
}
