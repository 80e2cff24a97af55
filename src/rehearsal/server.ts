// The test server in front of moto: does for real what moto only pretends, listed in one table, and hands on all else.
// Requests to services that are asked in JSON, SageMaker first, are checked against the service's own model.
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
import { type Answer, createOperations, type Forward, type Input, refuse } from './operations';
import { openServiceModel } from './serviceModel';
import type { Stage } from './stage';

/** Services whose requests are checked: as X-Amz-Target calls them, and as botocore does. */
const models = {
  SageMaker: 'sagemaker',
  Logs_20140328: 'logs',
  AmazonEC2ContainerRegistry_V20150921: 'ecr',
  ServiceQuotasV20190624: 'service-quotas',
  AWSPriceListService: 'pricing',
  AnyScaleFrontendService: 'application-autoscaling',
};

/** What a test does to a request: an error in the service's place, a cut in its middle, or an answer that is lost. */
export type Fault =
  | { status: number; type: string; message?: string; headers?: Record<string, string> }
  | 'cut'
  | 'lost';

export interface RehearsalOptions {
  /** How long each status of a job or endpoint lasts at the least. @default 1 */
  stepSeconds?: number;
  /** US dollars an hour of every machine: an invented one, so that the budget has something to do. @default 1 */
  dollarsPerHour?: number;
  /** How many of the workshop's machines the account may have. @default 4 */
  quota?: number;
  /** Of the image's record in ECR, in whose place nothing is pushed. @default amd64 */
  architecture?: string;
  /** Whether a transform job loses its last machine in the middle. @default none does */
  losesInstance?: (job: string) => boolean;
  /** Asked before each request, with the operation's name, or for S3 method and path. */
  fault?: (operation: string, headers: IncomingHttpHeaders) => Fault | undefined;
}

export interface Rehearsal {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  /** Operations and S3 requests that have come, in order. */
  readonly requests: string[];
  close(): Promise<void>;
}

/** @param moto its address */
export async function startRehearsal(
  moto: string,
  stage: Stage,
  {
    stepSeconds = 1,
    dollarsPerHour = 1,
    quota = 4,
    architecture = 'amd64',
    losesInstance = () => false,
    fault = () => undefined,
  }: RehearsalOptions = {},
): Promise<Rehearsal> {
  const operations = createOperations(stage, {
    stepSeconds,
    dollarsPerHour,
    quota,
    architecture,
    losesInstance,
    moto,
  });
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
    const [service, name = ''] = operation.split('.');
    const input = (): Input => (body.length > 0 ? (JSON.parse(body.toString()) as Input) : {});
    const wrong = checks.get(service ?? '')?.(name, input()) ?? [];
    if (wrong.length > 0) {
      return refuse('ValidationException', `${wrong.length} validation error detected: ${wrong.join('; ')}`);
    }
    const forward: Forward = async (changed) =>
      await handOn(moto, request, changed ? Buffer.from(JSON.stringify(changed)) : body);
    const invoked = /^POST \/endpoints\/([^/]+)\/invocations$/.exec(operation)?.[1];
    if (invoked) return await operations.invoke(decodeURIComponent(invoked), body);
    const own = operations.table[operation];
    return own ? await own(input(), forward) : await forward();
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
    async close() {
      await operations.endAll();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** In the manner of the service: SageMaker's runtime and those whose operation a header names speak JSON, the others XML. */
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

/** S3's document, and around it that of IAM and STS. */
function refuseInXml(
  type: string,
  status: number,
  { method, isS3 }: { method: string | undefined; isS3: boolean },
): Answer {
  const error = `<Error><Code>${type}</Code><Message>injected</Message></Error>`;
  const body = !isS3 ? `<ErrorResponse>${error}</ErrorResponse>` : error;
  return { status, headers: { 'content-type': 'text/xml' }, body: method === 'HEAD' ? '' : body };
}

/** `SageMaker.CreateModel` for services that are asked in JSON, method and path for the others. */
function operationOf({ headers, method, url = '' }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  return typeof target === 'string' ? target : `${method} ${url.split('?')[0]}`;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** Headers that belong to one connection, and the length, which may have changed. */
const ofTheConnection = new Set([
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
  'keep-alive',
]);

async function handOn(
  moto: string,
  { method = '', url = '', headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const kept = Object.entries(headers).filter(([name]) => !ofTheConnection.has(name));
  const answer = await fetchWithin(invocationSeconds, moto + url, {
    method,
    headers: kept.map(([name, value]) => [name, String(value)] as [string, string]),
    ...(body.length > 0 && { body: new Uint8Array(body) }),
    redirect: 'manual',
  });
  const back = [...answer.headers].filter(
    ([name]) => !ofTheConnection.has(name) && name !== 'content-encoding',
  );
  return {
    status: answer.status,
    headers: { ...Object.fromEntries(back), ...(method === 'HEAD' && lengthOf(answer)) },
    body: Buffer.from(await answer.arrayBuffer()),
  };
}

/** An answer without a body still tells how long it would be. */
function lengthOf(answer: Response): Record<string, string> {
  const length = answer.headers.get('content-length');
  return length ? { 'content-length': length } : {};
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
