// What AWS's own clients throw → a sentence: no credentials, expired ones, a permission that is missing, no network.
// AWS's words and the request's id, for whoever manages the account, stay in it.

import { UserError } from '../../../platform/errors';
import { findRemedy } from './knownProblems';

/** What the errors of AWS's clients hold beside name and message. */
interface AwsError extends Error {
  code?: string;
  $metadata?: { requestId?: string };
}

const expired = /ExpiredToken|TokenRefreshRequired|RequestExpired/;
const unknown =
  /UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|InvalidSignature|IncompleteSignature/;
const noAnswer =
  /^(ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|EPIPE|ETIMEDOUT|TimeoutError)$/;

/** Whether the credentials with which it was asked were good once. */
export function isExpired(error: unknown): boolean {
  return expired.test((error as Error).name);
}

/** AWS's words and the request's id, to end a sentence with. */
export function wordsOf(error: unknown, service: string): string {
  const { message, $metadata } = error as AwsError;
  return `${service}’s words: ${withoutToken(message)}${$metadata?.requestId ? ` (request ${$metadata.requestId})` : ''}`;
}

/** Where a signature does not match, AWS repeats the request's headers, and the session's token is among them. */
function withoutToken(message: string): string {
  return message.replaceAll(/(x-amz-security-token\W*)[\w+/=-]+/gi, '$1…');
}

/**
 * The {@link UserError} for an error of an AWS client's, or the error as it is where the cause is none of those above.
 * `permissions` is a sentence that says who needs which.
 */
export function explainAwsError(error: unknown, service: string, permissions: string): unknown {
  if (!(error instanceof Error) || error instanceof UserError) return error;
  error.message = withoutToken(error.message);
  const { name, code = name, message, $metadata } = error as AwsError;
  const request = $metadata?.requestId ? ` (request ${$metadata.requestId})` : '';
  const words = wordsOf(error, service);
  const lacksCredentials = name === 'CredentialsProviderError';
  if (expired.test(name) || (lacksCredentials && /expired|SSO session/i.test(message))) {
    return new UserError(
      'The AWS credentials have expired. Sign in again (`aws sso login`), or put new ones where the old ones are; ' +
        `those in environment variables reach the notebook when its server is started again. ${words}`,
    );
  }
  if (lacksCredentials) {
    return new UserError(
      'There are no AWS credentials here. On a SageMaker notebook instance its role provides them; elsewhere run ' +
        '`aws configure` or `aws sso login`, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ' +
        `before the notebook’s server starts. ${words}`,
    );
  }
  if (unknown.test(name)) {
    return new UserError(
      'AWS does not accept these credentials: they were deleted, mistyped, or this machine’s clock is wrong. ' +
        `\`aws sts get-caller-identity\` shows whose they are. ${words}`,
    );
  }
  if (message === 'Region is missing') {
    return new UserError(
      'No AWS region is chosen: set AWS_REGION, such as us-east-1, or the option `region`.',
    );
  }
  if (noAnswer.test(code)) {
    const elsewhere = process.env.AWS_ENDPOINT_URL
      ? ` AWS_ENDPOINT_URL is ${process.env.AWS_ENDPOINT_URL}.`
      : '';
    return new UserError(
      `${service} does not answer (${message}): there is no network, or no way from here to AWS.${elsewhere} Run ` +
        'this again when there is.',
    );
  }
  const advice = [findRemedy(message), permissions].filter(Boolean).join(' ');
  return explainDenial(`${message}${request}`, service, advice) ?? explainPain(name, words) ?? error;
}

/** What callers go on from is left as it is: a name that is taken. */
function explainPain(name: string, words: string): UserError | undefined {
  if (/already exist/i.test(words)) return undefined;
  const remedy = findRemedy(`${name}: ${words}`);
  return remedy ? new UserError(`${remedy} ${words}`) : undefined;
}

/** The sentence for AWS's refusal of an action, which says whom it refused what; undefined for any other text. */
export function explainDenial(text: string, service: string, permissions: string): UserError | undefined {
  const refusal = /User: (\S+) is not authorized to perform: ([\w-]+:\w+)(?: on resource: (\S+))?/;
  const [, who, action, resource] = refusal.exec(text) ?? [];
  if (!action) return undefined;
  const where = resource ? ` on ${resource}` : '';
  return new UserError(
    `The permission ${action}${where} is missing. Have it added to the policies of ${who}. ${permissions} ` +
      `${service}’s words: ${text}`,
  );
}
