// Step 8: one request to /invocations, from its body to its answer.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Prediction } from '../../model/training/classifier';
import type { AnswerWriter } from './answers';
import type { CsvOptions } from './csv';
import { type Headlines, type MediaType, readBody } from './formats';
import { answer, answerError, isGone, send } from './httpAnswer';
import type { Job } from './predictionQueue';
import { RequestError } from './requestError';

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
  readonly csv: CsvOptions;
  /** The media type that the answer is said to have. */
  readonly answerType: string;
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

/** An answer from this size on counts as held until the client has read it, and is encoded in parts of this size. */
const largeAnswer = 65_536;
/** In bytes. Many very short headlines have an answer that is a hundred times as long. */
const longestAnswer = 268_435_456;

export function createInvocation(whole: Buffer, options: InvocationOptions): Job {
  const { response, type, csv, answerType, writer, deadline, hold } = options;
  const bytes = whole.length;
  let body: Buffer | undefined = whole;
  let headlines: Headlines | undefined;
  let text = '';
  const parts: Buffer[] = [];
  let length = 0;
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
    headlines = readBody(body, type, csv);
    body = undefined;
    text = writer.begin(headlines);
    return headlines.titles;
  };

  const encode = () => {
    const part = Buffer.from(text);
    text = '';
    length += part.length;
    parts.push(part);
    if (length > longestAnswer) throw tooLongAnswer;
  };

  return {
    bytes,
    deadline,
    isGone: () => isGone(response),
    read() {
      const part = readPart();
      if (part && options.keepsTitles) for (const title of part) titles.push(title);
      return part;
    },
    take(prediction: Prediction) {
      text += writer.write(prediction, count++);
      if (text.length >= largeAnswer) encode();
    },
    finish() {
      text += writer.end(headlines as Headlines);
      if (parts.length === 0) {
        answer(response, 200, answerType, text, options.headers());
        tell(200);
        return;
      }
      encode();
      const headers = ['Content-Type', answerType, 'Content-Length', String(length), ...options.headers()];
      send(response, 200, { headers, body: parts });
      holdUntilRead(response, length, hold);
      tell(200);
    },
    fail(error) {
      const known = error instanceof RequestError ? error : failed;
      answerError(response, known, options.headers());
      tell(known.statusCode, error);
    },
  };
}

const tooLongAnswer = new RequestError(
  413,
  `The answer would be longer than ${longestAnswer} bytes. Send fewer headlines at a time.`,
);
const failed = new RequestError(500, 'The prediction failed; the server’s log says why.');

/** A client that is slow to read must not be given ever more. */
function holdUntilRead(response: ServerResponse, length: number, hold: (bytes: number) => void): void {
  if (response.writableFinished || response.destroyed) return;
  hold(length);
  response.once('close', () => hold(-length));
}
