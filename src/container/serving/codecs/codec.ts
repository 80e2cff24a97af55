// Types shared by the codecs: the contents of a request's body and the writer of its answer.
import type { Prediction } from '../../../model/training/classifier';
import type { RequestError } from '../http/requestError';

/** The headlines of a body. */
export interface Headlines {
  /** All headlines, or the first part of them. */
  readonly titles: readonly string[];
  /**
   * Reads the rest part by part, so that a long body does not delay other requests; may throw a {@link RequestError}
   * late.
   */
  readonly rest?: Iterator<readonly string[]>;
  /** Whether the body holds a single headline instead of a list, so that the answer is not a list either. */
  readonly isSingle: boolean;
  /**
   * Whether the first line names columns. The answer then has a header too, so that both have the same number of lines.
   */
  readonly hasHeader: boolean;
}

/** Creates the error for an invalid body from a sentence about the problem. */
export type Invalid = (problem: string) => RequestError;

export interface ReadOptions {
  /** Accepted names of the column with the headlines, the preferred one first. */
  readonly columns: readonly string[];
  /** The content type's parameter `header`. @default a first line that names a known column is a header */
  readonly header?: 'present' | 'absent';
}

/** Writes an answer part by part. */
export interface AnswerWriter {
  /** Returns the text before the first prediction. */
  begin(headlines: Headlines): string;
  /** @param index of the headline in the request */
  write(prediction: Prediction, index: number): string;
  /** Returns the text after the last prediction. */
  end(headlines: Headlines): string;
}

/** One format of bodies and answers. */
export interface Codec {
  /** All names of the media type, the documented one first. */
  readonly names: readonly [string, ...string[]];
  /** Tells a client what to send. */
  readonly howTo: string;
  /** Whether a body of blanks and line ends holds headlines. */
  readonly hasBlankHeadlines: boolean;
  /** Whether the media type has a parameter `header`. */
  readonly hasHeaderParameter: boolean;
  /** Throws the error that `invalid` creates for an invalid body. */
  read(text: string, invalid: Invalid, options: ReadOptions): Headlines;
  /** @param model the model's id, the member `model` of JSON answers; default: none */
  createWriter(labels: readonly string[], model?: string): AnswerWriter;
}
