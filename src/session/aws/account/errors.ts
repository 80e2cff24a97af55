// Turns errors of AWS's clients into messages for the user: no credentials, expired ones, a missing permission, no
// network. Each message keeps AWS's own message and the request's id, which an administrator needs.

import { UserError } from '../../../platform/errors';
import { findRemedy } from './knownProblems';
import { explainProxy, type ProxiedError } from './proxyHandler';

/** The fields of an AWS client's error beside name and message. */
interface AwsError extends ProxiedError {
  code?: string;
  $metadata?: { requestId?: string; httpStatusCode?: number };
}

const expired = /ExpiredToken|TokenRefreshRequired|RequestExpired/;
const unknown =
  /UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|InvalidSignature|IncompleteSignature/;
const throttled = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/;
const noAnswer =
  /^(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|TimeoutError)$/;

/** Returns whether an error means that the credentials have expired. */
export function isExpired(error: unknown): boolean {
  return expired.test((error as Error).name);
}

/** Returns whether an error may pass by itself: no network, throttling, or an error of the service itself. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { name, code = name, $metadata, cause } = error as AwsError;
  const isOfTheService = ($metadata?.httpStatusCode ?? 0) >= 500;
  return isOfTheService || noAnswer.test(code) || throttled.test(name) || isPassing(cause);
}

/** Returns the last sentence of a message: the service's own message and the request's id. */
export function quote(error: unknown, service: string): string {
  const { message, $metadata } = error as AwsError;
  return `${service} says: ${withoutToken(message)}${$metadata?.requestId ? ` (request ${$metadata.requestId})` : ''}`;
}

/** Masks the session token in an error, so that neither its message nor its stack shows it. */
function maskToken(error: Error & { Error?: { Message?: string } }): void {
  error.message = withoutToken(error.message);
  if (error.stack !== undefined) error.stack = withoutToken(error.stack);
  // AWS's XML protocols keep the response beside the message.
  if (error.Error?.Message !== undefined) error.Error.Message = withoutToken(error.Error.Message);
}

/** Masks a session token in a text: if a signature does not match, AWS repeats the request's headers in the message. */
function withoutToken(message: string): string {
  return message.replaceAll(/(x-amz-security-token\W*)[\w+/=-]+/gi, '$1…');
}

/**
 * Returns the {@link UserError} for an AWS client's error, or the error itself if its cause is not known.
 * @param permissions a sentence about the permissions needed, for the message about a missing one
 */
export function explainAwsError(error: unknown, service: string, permissions: string): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  maskToken(error);
  const { name, code = name, message, $metadata } = error as AwsError;
  const request = $metadata?.requestId ? ` (request ${$metadata.requestId})` : '';
  const words = quote(error, service);
  const cause = { cause: error };
  const lacksCredentials = name === 'CredentialsProviderError';
  if (expired.test(name) || (lacksCredentials && /expired|SSO session/i.test(message))) {
    return new UserError(
      'The AWS credentials have expired. Sign in again (`aws login` or `aws sso login`), or replace them where they are stored. ' +
        `If they are in environment variables, restart the notebook server as well. ${words}`,
      cause,
    );
  }
  if (lacksCredentials) {
    return new UserError(
      'No AWS credentials were found. On a SageMaker notebook instance, its role provides them. Elsewhere, run ' +
        '`aws login`, `aws sso login` or `aws configure`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ' +
        `before the notebook server starts. ${words}`,
      cause,
    );
  }
  if (unknown.test(name)) {
    return new UserError(
      'AWS does not accept these credentials: they were deleted or mistyped, this machine’s clock is wrong, or ' +
        'the region is not enabled in your account. ' +
        `\`aws sts get-caller-identity\` shows whose they are. ${words}`,
      cause,
    );
  }
  if (message === 'Region is missing') {
    return new UserError(
      'No AWS region is set. Set AWS_REGION, for example to us-east-1, or the option `region`.',
      cause,
    );
  }
  const proxied = explainProxy(error, noAnswer.test(code), service);
  if (proxied) return proxied;
  if (noAnswer.test(code)) {
    const elsewhere = process.env.AWS_ENDPOINT_URL
      ? ` AWS_ENDPOINT_URL is ${process.env.AWS_ENDPOINT_URL}.`
      : '';
    return new UserError(
      `${service} cannot be reached (${message}). Check the network and its route to AWS, then run this again.${elsewhere}`,
      cause,
    );
  }
  const advice = [findRemedy(message), permissions].filter(Boolean).join(' ');
  return (
    explainDenial(error, `${message}${request}`, { service, advice }) ?? explainKnown(error, words) ?? error
  );
}

function explainKnown(error: Error, words: string): UserError | undefined {
  // Callers handle a taken name themselves.
  if (/already exist/i.test(words)) return undefined;
  const remedy = findRemedy(`${error.name}: ${words}`);
  return remedy ? new UserError(`${remedy} ${words}`, { cause: error }) : undefined;
}

/**
 * Returns the {@link UserError} for a name that is taken.
 * @param attach the session's method for using the existing resource
 * @param cause SageMaker's error, if it reported the name
 */
export function takenName(name: string, attach: string, cause?: unknown): UserError {
  return new UserError(
    `The name "${name}" is taken. Choose another or leave it out. To use the existing one: session.${attach}('${name}').` +
      (cause ? ` ${quote(cause, 'SageMaker')}` : ''),
    cause ? { cause } : {},
  );
}

/** Returns the {@link UserError} for a missing permission; undefined if the text does not report one. */
export function explainDenial(
  cause: unknown,
  text: string,
  { service, advice }: { service: string; advice: string },
): UserError | undefined {
  const denial = /User: (\S+) is not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+))?/;
  const [, who, action, resource] = denial.exec(text) ?? [];
  if (!action) return undefined;
  const where = resource ? ` on ${resource}` : '';
  if (/with an explicit deny/i.test(text)) {
    return new UserError(
      `The permission ${action} is denied to ${who}${where}. ${advice} ${service} says: ${text}`,
      { cause },
    );
  }
  return new UserError(
    `The permission ${action}${where} is missing. Have it added to the policies of ${who}. ${advice} ${service} says: ${text}`,
    { cause },
  );
}
