// Step 8: one request to /invocations, from its body to its answer.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Prediction } from './classifier';
import { answer, answerError, isGone } from './httpAnswer';
import type { Job } from './predictionQueue';
import { RequestError } from './requestError';
import type { AnswerWriter } from './servingAnswers';
import { type Headlines, type MediaType, readBody } from './servingFormats';

/** What is told of an invocation when it has been answered. */
export interface Answered {
  readonly request: IncomingMessage;
  readonly status: number;
  /** Of those predicted. */
  readonly headlines: number;
  /** Of the body. */
  readonly bytes: number;
  /** From the request's head to its answer. */
  readonly milliseconds: number;
  /** The headlines as far as they were read, where they are kept. */
  readonly titles: readonly string[];
  /** Why it has another status than 200. */
  readonly error?: unknown;
}

export interface InvocationOptions {
  readonly response: ServerResponse;
  readonly type: MediaType;
  readonly answerType: MediaType;
  readonly writer: AnswerWriter;
  /** When the request's head came, on the clock of `performance.now()`. */
  readonly begun: number;
  readonly deadline: number;
  /** Headers to add, such as what ends the connection. */
  headers(): readonly string[];
  /** Whether the headlines themselves are told. */
  readonly keepsTitles: boolean;
  hold(bytes: number): void;
  /** Called once, unless the client has gone. */
  onAnswered(answered: Answered): void;
}

/** An answer from this size on counts as held until the client has read it. */
const largeAnswer = 65_536;

export function createInvocation(whole: Buffer, options: InvocationOptions): Job {
  const { response, type, answerType, writer, deadline, hold } = options;
  const bytes = whole.length;
  let body: Buffer | undefined = whole;
  let headlines: Headlines | undefined;
  let text = '';
  let count = 0;
  const titles: string[] = [];

  const tell = (status: number, error?: unknown) =>
    options.onAnswered({
      request: response.req,
      status,
      headlines: count,
      bytes,
      milliseconds: performance.now() - options.begun,
      titles,
      error,
    });

  const readPart = (): readonly string[] | undefined => {
    if (body === undefined) return headlines?.rest?.next().value;
    headlines = readBody(body, type);
    body = undefined;
    text = writer.begin(headlines);
    return headlines.titles;
  };

  return {
    bytes,
    deadline,
    isGone: () => isGone(response),
    read() {
      const part = readPart();
      if (options.keepsTitles) for (const title of part ?? []) titles.push(title);
      return part;
    },
    take(prediction: Prediction) {
      text += writer.write(prediction, count++);
    },
    finish() {
      text += writer.end(headlines as Headlines);
      answer(response, 200, answerType, text, options.headers());
      if (text.length >= largeAnswer) holdUntilRead(response, text.length, hold);
      tell(200);
    },
    fail(error) {
      const known = error instanceof RequestError ? error : failed;
      answerError(response, known, options.headers());
      tell(known.statusCode, error);
    },
  };
}

const failed = new RequestError(500, 'The prediction failed; the server’s log says why.');

/** A client that is slow to read must not be given ever more. */
function holdUntilRead(response: ServerResponse, length: number, hold: (bytes: number) => void): void {
  if (response.writableFinished || response.destroyed) return;
  hold(length);
  response.once('close', () => hold(-length));
}
