// One request to /invocations, from its body to its answer.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Prediction } from '../../model/training/classifier';
import type { AnswerWriter, Headlines, ReadOptions } from './codecs/codec';
import { type MediaType, readBody } from './codecs/codecs';
import { answer, answerError, isGone, send } from './http/answer';
import { RequestError } from './http/requestError';
import { answerTooLong, longestAnswer } from './http/sizeLimits';
import type { Job } from './queue/job';

/** An invocation that has been answered. */
export interface Answered {
  readonly request: IncomingMessage;
  readonly status: number;
  /** Number of headlines predicted. */
  readonly headlines: number;
  /** Of a cascade, the number of headlines that each of its parts has answered. */
  readonly answeredBy: ReadonlyMap<string, number>;
  /** Size of the body. */
  readonly bytes: number;
  /** Time from the request's head to its answer. */
  readonly milliseconds: number;
  /** The headlines read, if the server keeps them. */
  readonly titles: readonly string[];
  /** The reason for a status other than 200. */
  readonly error?: unknown;
}

interface InvocationOptions {
  readonly response: ServerResponse;
  readonly type: MediaType;
  readonly readOptions: ReadOptions;
  /** The answer's content type. */
  readonly answerType: string;
  readonly writer: AnswerWriter;
  /** When the request's head arrived, on the clock of `performance.now()`. */
  readonly begun: number;
  readonly deadline: number;
  /** Returns headers to add, such as `Connection: close`. */
  headers(): readonly string[];
  /** Whether `onAnswered` gets the headlines. */
  readonly keepsTitles: boolean;
  hold(bytes: number): void;
  /** Called once, unless the client is gone. */
  onAnswered(answered: Answered): void;
}

/** From this size on, an answer counts as held until the client has read it, and is encoded in parts of this size. */
const largeAnswer = 65_536;

/** Creates the job that reads the body, collects the predictions and answers. */
export function createInvocation(whole: Buffer, options: InvocationOptions): Job {
  const { response, type, readOptions, answerType, writer, deadline, hold } = options;
  const bytes = whole.length;
  let body: Buffer | undefined = whole;
  let headlines: Headlines | undefined;
  let text = '';
  const parts: Buffer[] = [];
  let length = 0;
  let count = 0;
  const answeredBy = new Map<string, number>();
  const titles: string[] = [];

  const tell = (status: number, error?: unknown) =>
    options.onAnswered({
      request: response.req,
      status,
      headlines: count,
      answeredBy,
      bytes,
      milliseconds: performance.now() - options.begun,
      titles,
      error,
    });

  const readPart = (): readonly string[] | undefined => {
    if (body === undefined) return headlines?.rest?.next().value;
    headlines = readBody(body, type, readOptions);
    body = undefined;
    text = writer.begin(headlines);
    return headlines.titles;
  };

  const encode = () => {
    const part = Buffer.from(text);
    text = '';
    length += part.length;
    parts.push(part);
    if (length > longestAnswer) throw answerTooLong;
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
      const { answeredBy: part } = prediction;
      if (part) answeredBy.set(part, (answeredBy.get(part) ?? 0) + 1);
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

const failed = new RequestError(500, 'The prediction failed. See the server’s log.');

/** Counts an answer as held until the client has read it, so that slow readers do not fill the memory. */
function holdUntilRead(response: ServerResponse, length: number, hold: (bytes: number) => void): void {
  if (response.writableFinished || response.destroyed) return;
  hold(length);
  response.once('close', () => hold(-length));
}
