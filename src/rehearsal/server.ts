// The server that stands in for AWS: answers SageMaker, its runtime and a few smaller services itself and forwards everything
// else to moto. Checks requests to JSON services against botocore's models.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { fetchWithin, invocationSeconds } from '../platform/fetchWithin';
import { botocoreData } from './moto';
import { accountId } from './runs/arn';
import { type Clock, realClock } from './runs/clock';
import type { Stage } from './runs/stage';
import { openServiceModel } from './serviceModel';
import { type Account, closeAccount, createAccount } from './services/account';
import { createOperations, ownServices } from './services/operations';
import { type Input, ServiceError } from './services/service';

/** Services whose requests are checked: name in X-Amz-Target → name in botocore. */
const models = {
  SageMaker: 'sagemaker',
  Logs_20140328: 'logs',
  AmazonEC2ContainerRegistry_V20150921: 'ecr',
  ServiceQuotasV20190624: 'service-quotas',
  AWSPriceListService: 'pricing',
  AnyScaleFrontendService: 'application-autoscaling',
};

/** A fault that a test injects: an error response, a connection cut in the middle of the request, or a lost response. */
export type Fault =
  | { status: number; type: string; message?: string; headers?: Record<string, string> }
  | 'cut'
  | 'lost';

export interface RehearsalOptions {
  /** Shortest time that a job or endpoint stays in each status. @default 1 */
  stepSeconds?: number;
  /** The time that jobs and endpoints live by. @default the machine's */
  clock?: Clock;
  /** Invented price of every instance type, US dollars an hour. @default 1 */
  dollarsPerHour?: number;
  /** Instances of each type that the account may run. @default 4 */
  quota?: number;
  /** Platform of the image that ECR has a record of. @default amd64 */
  architecture?: string;
  /** Whether a transform job loses its last instance half way. @default no job does */
  losesInstance?: (job: string) => boolean;
  /** Called before each request with the operation's name (S3: method and path). */
  fault?: (operation: string, headers: IncomingHttpHeaders) => Fault | undefined;
}

export interface Rehearsal {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  /** Operations and S3 requests received, in order. */
  readonly requests: string[];
  /** The resources. A test may change them without a request. */
  readonly account: Account;
  close(): Promise<void>;
}

/**
 * Starts the server.
 * @param moto address of moto's server
 */
export async function startRehearsal(
  moto: string,
  stage: Stage,
  {
    stepSeconds = 1,
    clock = realClock,
    dollarsPerHour = 1,
    quota = 4,
    architecture = 'amd64',
    losesInstance = () => false,
    fault = () => undefined,
  }: RehearsalOptions = {},
): Promise<Rehearsal> {
  const account = createAccount(stage, { clock, stepSeconds, losesInstance });
  const operations = createOperations(account, { dollarsPerHour, quota, architecture });
  const checks = new Map(
    Object.entries(models).map(([target, service]) => [target, openServiceModel(botocoreData(), service)]),
  );
  const requests: string[] = [];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = operationOf(request);
    requests.push(operation);
    const broken = fault(operation, request.headers);
    if (broken === 'cut') {
      await once(request, 'readable');
      return void response.destroy();
    }
    const body = await readAll(request);
    const answer =
      broken && broken !== 'lost' ? inject(broken, request) : await answerTo(operation, request, body);
    if (broken === 'lost') return void response.destroy();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  async function answerTo(operation: string, request: IncomingMessage, body: Buffer): Promise<Answer> {
    const invoked = /^POST \/endpoints\/([^/]+)\/invocations$/.exec(operation)?.[1];
    if (invoked) return await invoke(account, decodeURIComponent(invoked), body);
    const [service = '', name = ''] = operation.split('.');
    const check = checks.get(service);
    if (!check) return await forward(moto, request, body);
    const input = (body.length > 0 ? JSON.parse(body.toString()) : {}) as Input;
    const problems = check(name, input);
    if (problems.length > 0) {
      return refuse(
        'ValidationException',
        `${problems.length} validation error detected: ${problems.join('; ')}`,
      );
    }
    const perform = operations[operation];
    if (perform) return await answerWith(async () => await perform(input as never));
    if (!ownServices.includes(service)) return await forward(moto, request, body);
    return refuse('UnknownOperationException', `The stand-in for AWS does not support ${operation}.`);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error) => {
      const { status, headers, body } = refuse('InternalFailure', error.message, 500);
      response.writeHead(status, headers).end(body);
    });
  });
  const url = await listen(server);
  return {
    url,
    requests,
    account,
    async close() {
      await closeAccount(account);
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

const jsonType = { 'content-type': 'application/x-amz-json-1.1' };

function json(value: object): Answer {
  return { status: 200, headers: jsonType, body: JSON.stringify(value) };
}

/** Returns what the operation returns, or the service's error that it throws. */
async function answerWith(perform: () => Promise<object>): Promise<Answer> {
  try {
    return json(await perform());
  } catch (error) {
    if (error instanceof ServiceError) return refuse(error.type, error.message, error.status);
    throw error;
  }
}

/** Returns an error in the format of AWS's JSON services. */
function refuse(type: string, message: string, status = 400): Answer {
  return {
    status,
    headers: { ...jsonType, 'x-amzn-errortype': type, 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify({ __type: type, message, Message: message }),
  };
}

/** Sends a request to an endpoint's container, as SageMaker's runtime does. */
async function invoke({ endpoints }: Account, name: string, body: Buffer): Promise<Answer> {
  const url = endpoints.find(name)?.url();
  if (!url) return refuse('ValidationError', `Endpoint ${name} of account ${accountId} not found.`);
  const response = await fetchWithin(invocationSeconds, `${url}/invocations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: new Uint8Array(body),
  });
  const text = await response.text();
  if (response.ok) return { status: 200, headers: { 'content-type': 'application/json' }, body: text };
  const error = {
    Message: `Received client error (${response.status}) from primary with message "${text}".`,
    OriginalStatusCode: response.status,
    OriginalMessage: text,
  };
  return { ...json(error), status: 424, headers: { ...jsonType, 'x-amzn-errortype': 'ModelError' } };
}

/** Returns the error in the service's format: JSON for SageMaker's runtime and services with X-Amz-Target, XML for others. */
function inject(
  { type, status, message = 'injected', headers }: Exclude<Fault, string>,
  { headers: asked, url = '', method }: IncomingMessage,
): Answer {
  const isJson = asked['x-amz-target'] !== undefined || url.startsWith('/endpoints/');
  const answer = isJson
    ? refuse(type, message, status)
    : refuseInXml(type, status, { method, isS3: url !== '/' });
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

/** Returns an error document of S3, or with one more element around it of IAM and STS. */
function refuseInXml(
  type: string,
  status: number,
  { method, isS3 }: { method: string | undefined; isS3: boolean },
): Answer {
  const error = `<Error><Code>${type}</Code><Message>injected</Message></Error>`;
  const body = !isS3 ? `<ErrorResponse>${error}</ErrorResponse>` : error;
  return { status, headers: { 'content-type': 'text/xml' }, body: method === 'HEAD' ? '' : body };
}

/** Returns a name such as `SageMaker.CreateModel` for JSON services, method and path for others. */
function operationOf({ headers, method, url = '' }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  return typeof target === 'string' ? target : `${method} ${url.split('?')[0]}`;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Headers that are not forwarded. */
const hopHeaders = new Set(['connection', 'content-length', 'transfer-encoding', 'expect', 'keep-alive']);

async function forward(
  moto: string,
  { method = '', url = '', headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const kept = Object.entries(headers).filter(([name]) => !hopHeaders.has(name));
  const answer = await fetchWithin(invocationSeconds, moto + url, {
    method,
    headers: kept.map(([name, value]) => [name, String(value)] as [string, string]),
    ...(body.length > 0 && { body: new Uint8Array(body) }),
    redirect: 'manual',
  });
  const back = [...answer.headers].filter(([name]) => !hopHeaders.has(name) && name !== 'content-encoding');
  return {
    status: answer.status,
    headers: { ...Object.fromEntries(back), ...(method === 'HEAD' && lengthOf(answer)) },
    body: Buffer.from(await answer.arrayBuffer()),
  };
}

/** Returns the length that a response to HEAD states for the body it leaves out. */
function lengthOf(answer: Response): Record<string, string> {
  const length = answer.headers.get('content-length');
  return length ? { 'content-length': length } : {};
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
