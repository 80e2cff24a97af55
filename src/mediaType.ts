// Step 8: which media type a request has, and which one its answer shall have.
import Negotiator from 'negotiator';
import { RequestError } from './requestError';
import { howTo, type MediaType, mediaTypes } from './servingFormats';

const all = Object.values(howTo).join(' ');

/** @param contentType the header; throws a {@link RequestError} where it is none that is understood */
export function readContentType(contentType: string | undefined): MediaType {
  // As nearly every client sends it.
  if (contentType === 'application/json') return contentType;
  if (contentType === undefined) throw new RequestError(415, `The content type is missing. ${all}`);
  const [name = '', ...parameters] = contentType.toLowerCase().split(';');
  const type = mediaTypes.find((known) => known === name.trim());
  if (!type) throw new RequestError(415, `This content type is not understood. ${all}`);
  const charset = parameters.find((parameter) => parameter.trim().startsWith('charset='));
  if (charset !== undefined && !/^\s*charset="?(utf-?8|us-ascii)"?\s*$/.test(charset)) {
    throw new RequestError(415, `This charset is not understood; send UTF-8. ${howTo[type]}`);
  }
  return type;
}

/**
 * The media type that `Accept` likes best; the request's own where any will do. Throws a {@link RequestError} where it
 * names none that can be written.
 */
export function chooseAnswerType(accept: string | undefined, requestType: MediaType): MediaType {
  if (accept === undefined || accept === '' || accept === '*/*' || accept === requestType) return requestType;
  // What stands first wins among equals.
  const offers = [requestType, ...mediaTypes.filter((type) => type !== requestType)];
  const [best] = new Negotiator({ headers: { accept } }).mediaTypes(offers);
  if (best) return best as MediaType;
  throw new RequestError(
    406,
    `Answers are written as ${mediaTypes.join(', ')}. Send one of these as Accept, or */*, or leave it out.`,
  );
}

/** Throws a {@link RequestError} for a compressed body: what it grows to could not be bounded beforehand. */
export function refuseEncoding(contentEncoding: string | undefined): void {
  if (contentEncoding === undefined || /^(identity)?$/i.test(contentEncoding.trim())) return;
  throw new RequestError(415, 'Compressed bodies are not read. Send the body without Content-Encoding.');
}

/** Throws a {@link RequestError} for an `Expect` that no server fulfils. */
export function refuseExpectation(expect: string | undefined): void {
  if (expect === undefined || /^100-continue$/i.test(expect)) return;
  throw new RequestError(417, 'This expectation is not understood. Send no Expect, or 100-continue.');
}
