// The server that stands in for AWS: answers SageMaker, its runtime and a few smaller services itself and forwards everything
// else to moto. Checks requests to JSON services against botocore's models.
import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { type Answer, json, refuse } from './http/answer';
import { type Authorize, deny, readAsked } from './http/denial';
import { type Fault, inject } from './http/fault';
import { forward } from './http/forward';
import { invoke } from './http/invoke';
import { scheduleInput, scheduleOperationOf } from './http/schedule';
import { botocoreData } from './moto';
import { type Clock, realClock } from './runs/clock';
import type { Stage } from './runs/stage';
import { openServiceModel } from './serviceModel';
import { type Account, closeAccount, createAccount } from './services/account';
import { createOperations, ownServices } from './services/operations';
import { fireSchedules } from './services/schedules';
import { type Input, ServiceError } from './services/service';

/** Services whose requests are checked: name in X-Amz-Target, or in scheduleOperationOf() → name in botocore. */
const models = {
  SageMaker: 'sagemaker',
  Logs_20140328: 'logs',
  AmazonEC2ContainerRegistry_V20150921: 'ecr',
  ServiceQuotasV20190624: 'service-quotas',
  AWSPriceListService: 'pricing',
  AnyScaleFrontendService: 'application-autoscaling',
  Scheduler: 'scheduler',
  GraniteServiceVersion20100801: 'cloudwatch',
};

export type { Fault };

export interface RehearsalOptions {
  /** Shortest time that a job or endpoint stays in each status. @default 1 */
  stepSeconds?: number;
  /** The time that jobs and endpoints live by. @default the machine's */
  clock?: Clock;
  /** Invented price of every instance type, or of each, US dollars an hour. @default 1 */
  dollarsPerHour?: number | ((instanceType: string) => number);
  /** Instances of each type that the account may run. @default 4 */
  quota?: number;
  /** Platform of the image that ECR has a record of. @default amd64 */
  architecture?: string;
  /** Whether a transform job loses its last instance half way. @default no job does */
  losesInstance?: (job: string) => boolean;
  /** Whether an attempt of a training job, counted from 1, ends with an error of SageMaker's own. @default none does */
  breaksDown?: (job: string, attempt: number) => boolean;
  /** Whether AWS has a free instance of a type, for training jobs. @default of every type */
  hasFree?: (instanceType: string) => boolean;
  /** Whether an endpoint's metric, such as ModelLatency, is over the limit of its alarm. @default none is */
  exceeds?: (metric: string) => boolean;
  /** Whether the account has a quota for warm pools. @default true */
  keepsInstances?: boolean;
  /** Called before each request with the operation's name (S3: method and path). */
  fault?: (operation: string, headers: IncomingHttpHeaders) => Fault | undefined;
  /** Called with each request, before it is performed. @default everything is allowed */
  authorize?: Authorize;
}

export interface Rehearsal {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  /** Operations and S3 requests received, in order. */
  readonly requests: string[];
  /** The resources. A test may change them without a request. */
  readonly account: Account;
  /** Resolves when everything that has been received is done. */
  settled(): Promise<void>;
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
    breaksDown = () => false,
    hasFree = () => true,
    exceeds = () => false,
    keepsInstances = true,
    fault = () => undefined,
    authorize = () => undefined,
  }: RehearsalOptions = {},
): Promise<Rehearsal> {
  const behaviour = { clock, stepSeconds, losesInstance, breaksDown, hasFree, exceeds, keepsInstances };
  const account = createAccount(stage, behaviour);
  const operations = createOperations(account, { dollarsPerHour, quota, keepsInstances, architecture });
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
    await fireSchedules(account, operations);
    const denial = authorize(readAsked(operation, request, body));
    if (denial !== undefined) return deny(denial, request);
    const invoked = /^POST \/endpoints\/([^/]+)\/invocations$/.exec(operation)?.[1];
    if (invoked) return await invoke(account, decodeURIComponent(invoked), body);
    const [service = '', name = ''] = operation.split('.');
    const check = checks.get(service);
    if (!check) return await forward(moto, request, body);
    const sent = (body.length > 0 ? JSON.parse(body.toString()) : {}) as Input;
    const input = service === 'Scheduler' ? scheduleInput(request.url ?? '', sent) : sent;
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

  const handling = new Set<Promise<void>>();
  const server = createServer((request, response) => {
    const work = handle(request, response).catch((error: Error) => {
      const { status, headers, body } = refuse('InternalFailure', error.message, 500);
      response.writeHead(status, headers).end(body);
    });
    handling.add(work);
    void work.then(() => handling.delete(work));
  });
  const url = await listen(server);
  return {
    url,
    requests,
    account,
    async settled() {
      await Promise.all(handling);
    },
    async close() {
      await closeAccount(account);
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
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

/** Returns a name such as `SageMaker.CreateModel` for JSON services and the scheduler, method and path for others. */
function operationOf({ headers, method, url = '' }: IncomingMessage): string {
  const target = headers['x-amz-target'];
  const [path = ''] = url.split('?');
  if (typeof target === 'string') return target;
  return scheduleOperationOf(method ?? '', path) ?? `${method} ${path}`;
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
