// The operations that the rehearsal does itself, in one table. Most ask moto too, so that its tags and lists know of
// them, and change what it says of a resource's state.
import { randomUUID } from 'node:crypto';
import { fetchWithin, invocationSeconds } from '../platform/fetchWithin';
import { quotaNames } from '../session/aws/account/machines';
import { type EndpointState, type RehearsedEndpoint, rehearseEndpoint, type Served } from './endpoints';
import { type JobRequest, type RehearsedJob, rehearseJob } from './jobs';
import type { Stage } from './stage';
import { type RehearsedTransform, rehearseTransform, type TransformJobInput } from './transform';
import { type RehearsedTuning, rehearseTuning, type TuningJobRequest } from './tuning';

export type Input = Record<string, unknown>;

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

/** Asks moto, with another input where one is given. */
export type Forward = (changed?: Input) => Promise<Answer>;

type Operation = (input: Input, forward: Forward) => Promise<Answer>;

export interface Operations {
  /** Under the names that stand in the header X-Amz-Target. */
  readonly table: Readonly<Record<string, Operation>>;
  invoke(endpoint: string, body: Buffer): Promise<Answer>;
  endAll(): Promise<void>;
}

export function createOperations(
  stage: Stage,
  {
    stepSeconds,
    dollarsPerHour,
    quota,
    architecture,
    losesInstance,
    moto,
  }: {
    stepSeconds: number;
    dollarsPerHour: number;
    quota: number;
    architecture: string;
    losesInstance: (job: string) => boolean;
    moto: string;
  },
): Operations {
  const jobs = new Map<string, RehearsedJob>();
  const transforms = new Map<string, RehearsedTransform>();
  const tuning = new Map<string, RehearsedTuning>();
  const endpoints = new Map<string, RehearsedEndpoint>();
  /** Of models: their artifacts and networks; of configurations: their models. */
  const models = new Map<string, { modelDataUrl: string; isIsolated: boolean }>();
  const configurations = new Map<string, string>();
  const underWay: Promise<void>[] = [];
  const findServed = ({ EndpointConfigName }: Input): Served | undefined => {
    const configuration = String(EndpointConfigName);
    const modelDataUrl = models.get(configurations.get(configuration) ?? '')?.modelDataUrl;
    return modelDataUrl ? { configuration, modelDataUrl } : undefined;
  };

  const table: Record<string, Operation> = {
    'SageMaker.CreateTrainingJob': async (input, forward) => {
      const request = input as unknown as JobRequest;
      const name = request.TrainingJobName;
      if (jobs.has(name))
        return refuse('ResourceInUse', `Training job names must be unique: ${name} already exists.`);
      jobs.set(name, rehearseJob(stage, request, stepSeconds));
      return await forward();
    },
    'SageMaker.DescribeTrainingJob': async ({ TrainingJobName }, forward) => {
      const job = jobs.get(String(TrainingJobName));
      if (!job) return notFound;
      return changed(await forward(), ({ ModelArtifacts, TrainingStartTime, TrainingEndTime, ...said }) => ({
        ...said,
        ModelArtifacts: {},
        ...job.state,
      }));
    },
    'SageMaker.ListTrainingJobs': async ({ StatusEquals, ...input }, forward) =>
      changed(await forward(input), ({ TrainingJobSummaries, ...said }) => ({
        ...said,
        TrainingJobSummaries: (TrainingJobSummaries as Input[])
          .flatMap((one) => {
            const state = jobs.get(String(one.TrainingJobName))?.state;
            return state
              ? [{ ...one, TrainingJobStatus: state.TrainingJobStatus, CreationTime: state.CreationTime }]
              : [];
          })
          .filter((one) => StatusEquals === undefined || one.TrainingJobStatus === StatusEquals),
      })),
    'SageMaker.StopTrainingJob': async ({ TrainingJobName }) => {
      const job = jobs.get(String(TrainingJobName));
      if (!job) return notFound;
      const status = job.state.TrainingJobStatus;
      if (status !== 'InProgress') {
        return refuse(
          'ValidationException',
          `The request was rejected because the training job is in status ${status}.`,
        );
      }
      job.stop();
      return json({});
    },
    'SageMaker.DeleteTrainingJob': async ({ TrainingJobName }) => {
      const job = jobs.get(String(TrainingJobName));
      if (!job) return notFound;
      if (['InProgress', 'Stopping'].includes(job.state.TrainingJobStatus)) {
        return refuse('ResourceInUse', `Training job ${TrainingJobName} has not ended.`);
      }
      jobs.delete(String(TrainingJobName));
      return json({});
    },
    'SageMaker.CreateTransformJob': async (input, forward) => {
      const request = input as unknown as TransformJobInput;
      const name = request.TransformJobName;
      if (transforms.has(name))
        return refuse('ResourceInUse', `Transform job names must be unique: ${name} already exists.`);
      const artifact = models.get(request.ModelName)?.modelDataUrl;
      if (!artifact) return refuse('ValidationException', `Could not find model "${request.ModelName}".`);
      const answer = await forward();
      if (answer.status === 200) {
        transforms.set(name, rehearseTransform(stage, request, artifact, { stepSeconds, losesInstance }));
      }
      return answer;
    },
    'SageMaker.DescribeTransformJob': async ({ TransformJobName }, forward) => {
      const job = transforms.get(String(TransformJobName));
      if (!job) return notFound;
      return changed(
        await forward(),
        ({ TransformStartTime, TransformEndTime, FailureReason, CreationTime, ...said }) => ({
          ...said,
          ...job.state,
        }),
      );
    },
    'SageMaker.ListTransformJobs': async ({ StatusEquals, ...input }, forward) =>
      changed(await forward(input), ({ TransformJobSummaries, ...said }) => ({
        ...said,
        TransformJobSummaries: (TransformJobSummaries as Input[]).flatMap((one) => {
          const state = transforms.get(String(one.TransformJobName))?.state;
          if (!state || (StatusEquals !== undefined && state.TransformJobStatus !== StatusEquals)) return [];
          return [{ ...one, TransformJobStatus: state.TransformJobStatus, CreationTime: state.CreationTime }];
        }),
      })),
    'SageMaker.StopTransformJob': async ({ TransformJobName }) => {
      const job = transforms.get(String(TransformJobName));
      if (!job) return notFound;
      const status = job.state.TransformJobStatus;
      if (status !== 'InProgress') {
        return refuse(
          'ValidationException',
          `The request was rejected because the transform job is in status ${status}.`,
        );
      }
      job.stop();
      return json({});
    },
    'SageMaker.CreateHyperParameterTuningJob': async (input) => {
      const request = input as unknown as TuningJobRequest;
      const name = request.HyperParameterTuningJobName;
      if (tuning.has(name)) {
        return refuse(
          'ResourceInUse',
          `Hyper parameter tuning job names must be unique: ${name} already exists.`,
        );
      }
      const job = rehearseTuning(stage, request, { stepSeconds, moto, jobs });
      tuning.set(name, job);
      return json({ HyperParameterTuningJobArn: job.arn });
    },
    'SageMaker.DescribeHyperParameterTuningJob': async ({ HyperParameterTuningJobName }) => {
      const job = tuning.get(String(HyperParameterTuningJobName));
      return job ? json(job.describe()) : notFound;
    },
    'SageMaker.ListTrainingJobsForHyperParameterTuningJob': async ({ HyperParameterTuningJobName }) => {
      const job = tuning.get(String(HyperParameterTuningJobName));
      return job ? json({ TrainingJobSummaries: job.listTrials() }) : notFound;
    },
    'SageMaker.ListHyperParameterTuningJobs': async ({ StatusEquals }) =>
      json({
        HyperParameterTuningJobSummaries: [...tuning.values()]
          .map((job) => job.describe())
          .filter((one) => StatusEquals === undefined || one.HyperParameterTuningJobStatus === StatusEquals),
      }),
    'SageMaker.StopHyperParameterTuningJob': async ({ HyperParameterTuningJobName }) => {
      const job = tuning.get(String(HyperParameterTuningJobName));
      if (!job) return notFound;
      const status = job.describe().HyperParameterTuningJobStatus;
      if (status !== 'InProgress') {
        return refuse('ValidationException', `The tuning job cannot be stopped: it is in status ${status}.`);
      }
      job.stop();
      return json({});
    },
    'SageMaker.DeleteHyperParameterTuningJob': async ({ HyperParameterTuningJobName }) => {
      const job = tuning.get(String(HyperParameterTuningJobName));
      if (!job) return notFound;
      if (['InProgress', 'Stopping'].includes(String(job.describe().HyperParameterTuningJobStatus))) {
        return refuse('ResourceInUse', `Tuning job ${HyperParameterTuningJobName} has not ended.`);
      }
      tuning.delete(String(HyperParameterTuningJobName));
      return json({});
    },
    'SageMaker.CreateModel': async (input, forward) => {
      const name = String(input.ModelName);
      if (models.has(name))
        return refuse('ValidationException', `Cannot create already existing model "${name}".`);
      const answer = await forward();
      const { ModelDataUrl } = input.PrimaryContainer as { ModelDataUrl: string };
      const isIsolated = input.EnableNetworkIsolation === true;
      if (answer.status === 200) models.set(name, { modelDataUrl: ModelDataUrl, isIsolated });
      return answer;
    },
    'SageMaker.DescribeModel': async (input, forward) =>
      changed(await forward(), (said) => ({
        ...said,
        EnableNetworkIsolation: models.get(String(input.ModelName))?.isIsolated,
      })),
    'SageMaker.DeleteModel': async (input, forward) => {
      models.delete(String(input.ModelName));
      return await forward();
    },
    'SageMaker.CreateEndpointConfig': async (input, forward) => {
      const name = String(input.EndpointConfigName);
      if (configurations.has(name)) {
        return refuse(
          'ValidationException',
          `Cannot create already existing endpoint configuration "${name}".`,
        );
      }
      const [variant] = input.ProductionVariants as { ModelName: string; InstanceType?: string }[];
      if (variant?.InstanceType?.startsWith('ml.t2.')) {
        return refuse('ValidationException', 'Deprecated instance type "T2"');
      }
      const answer = await forward();
      if (answer.status === 200) configurations.set(name, String(variant?.ModelName));
      return answer;
    },
    'SageMaker.DeleteEndpointConfig': async (input, forward) => {
      configurations.delete(String(input.EndpointConfigName));
      return await forward();
    },
    'SageMaker.CreateEndpoint': async (input, forward) => {
      const name = String(input.EndpointName);
      if (endpoints.has(name))
        return refuse('ValidationException', `Cannot create already existing endpoint "${name}".`);
      const served = findServed(input);
      if (!served) return noConfiguration;
      const answer = await forward();
      if (answer.status === 200) endpoints.set(name, rehearseEndpoint(stage, name, served, stepSeconds));
      return answer;
    },
    'SageMaker.UpdateEndpoint': async (input) => {
      const name = String(input.EndpointName);
      const endpoint = endpoints.get(name);
      if (!endpoint) return refuse('ValidationException', `Could not find endpoint "${name}".`);
      if (endpoint.state.EndpointStatus !== 'InService') {
        return refuse('ValidationException', `Cannot update in-progress endpoint "${name}".`);
      }
      const served = findServed(input);
      if (!served) return noConfiguration;
      endpoint.update(served, input.RetainAllVariantProperties === true);
      return json({ EndpointArn: `arn:aws:sagemaker:us-east-1:123456789012:endpoint/${name}` });
    },
    'SageMaker.DescribeEndpoint': async ({ EndpointName }, forward) => {
      const endpoint = endpoints.get(String(EndpointName));
      if (!endpoint) return notFound;
      const { instances, ...state } = endpoint.state;
      return changed(await forward(), ({ ProductionVariants = [], ...said }) => ({
        ...said,
        ...state,
        ProductionVariants: (ProductionVariants as Input[]).map((variant) => ({
          ...variant,
          CurrentInstanceCount: instances,
          DesiredInstanceCount: instances,
        })),
      }));
    },
    'AnyScaleFrontendService.RegisterScalableTarget': async (input, forward) => {
      const [, name = ''] = String(input.ResourceId).split('/');
      const endpoint = endpoints.get(name);
      if (endpoint?.state.EndpointStatus !== 'InService')
        return refuse('ValidationException', `Could not find endpoint "${name}", or it is in-progress.`);
      const answer = await forward();
      if (answer.status === 200) endpoint.scale(Number(input.MinCapacity), Number(input.MaxCapacity));
      return answer;
    },
    'SageMaker.ListEndpoints': async (_input, forward) =>
      changed(await forward(), ({ Endpoints, ...said }) => ({
        ...said,
        Endpoints: (Endpoints as (Input & EndpointState)[]).flatMap((one) => {
          const state = endpoints.get(String(one.EndpointName))?.state;
          return state ? [{ ...one, EndpointStatus: state.EndpointStatus }] : [];
        }),
      })),
    'SageMaker.DeleteEndpoint': async ({ EndpointName }, forward) => {
      const name = String(EndpointName);
      const endpoint = endpoints.get(name);
      if (!endpoint) return refuse('ValidationException', `Could not find endpoint "${name}".`);
      if (['Creating', 'Updating', 'Deleting'].includes(endpoint.state.EndpointStatus)) {
        return refuse('ValidationException', `Cannot update in-progress endpoint "${name}".`);
      }
      underWay.push(
        endpoint.delete().then(async () => {
          await forward();
          endpoints.delete(name);
        }),
      );
      return json({});
    },
    // Where there is no such resource, moto breaks.
    'SageMaker.ListTags': async ({ ResourceArn }, forward) => {
      const [, name] = /:hyper-parameter-tuning-job\/(.+)$/.exec(String(ResourceArn)) ?? [];
      if (name !== undefined) {
        const ofThatName = [...tuning].find(([one]) => one.toLowerCase() === name.toLowerCase());
        return ofThatName ? json({ Tags: ofThatName[1].request.Tags ?? [] }) : notFound;
      }
      const answer = await forward();
      return answer.status >= 500 ? notFound : answer;
    },
    'AWSPriceListService.GetProducts': async ({ Filters = [] }) => {
      const isServerless = (Filters as { Value: string }[]).some(({ Value }) => Value === 'ML Serverless');
      return json({
        PriceList: isServerless ? serverlessPrices(dollarsPerHour) : [inventedPrice(dollarsPerHour)],
      });
    },
    'ServiceQuotasV20190624.ListServiceQuotas': async () =>
      json({
        Quotas: [...quotaNames({}), ...quotaNames({ spot: true })].map((QuotaName) => ({
          QuotaName,
          Value: quota,
        })),
      }),
    'AmazonEC2ContainerRegistry_V20150921.GetDownloadUrlForLayer': async () =>
      json({ downloadUrl: `data:application/json,${JSON.stringify({ os: 'linux', architecture })}` }),
  };

  return {
    table,
    async invoke(name, body) {
      const url = endpoints.get(name)?.url();
      if (!url) return refuse('ValidationError', `Endpoint ${name} of account 123456789012 not found.`);
      const answer = await fetchWithin(invocationSeconds, `${url}/invocations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: new Uint8Array(body),
      });
      const text = await answer.text();
      if (answer.ok) return { status: 200, headers: { 'content-type': 'application/json' }, body: text };
      const words = {
        Message: `Received client error (${answer.status}) from primary with message "${text}".`,
        OriginalStatusCode: answer.status,
        OriginalMessage: text,
      };
      return { ...json(words), status: 424, headers: { ...jsonType, 'x-amzn-errortype': 'ModelError' } };
    },
    async endAll() {
      await Promise.all(underWay);
      for (const job of tuning.values()) job.stop();
      for (const job of jobs.values()) job.stop();
      for (const job of transforms.values()) job.stop();
      await Promise.all([...tuning.values()].map(({ ended }) => ended));
      await Promise.all([...jobs.values(), ...transforms.values()].map(({ ended }) => ended));
      await Promise.all([...endpoints.values()].map((endpoint) => endpoint.delete()));
    },
  };
}

const jsonType = { 'content-type': 'application/x-amz-json-1.1' };

function json(value: object): Answer {
  return { status: 200, headers: jsonType, body: JSON.stringify(value) };
}

/** An error as AWS's JSON services write it. */
export function refuse(type: string, message: string, status = 400): Answer {
  return {
    status,
    headers: { ...jsonType, 'x-amzn-errortype': type, 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify({ __type: type, message, Message: message }),
  };
}

const noConfiguration = refuse('ValidationException', 'Could not find endpoint configuration or model.');

const notFound = refuse('ValidationException', 'Requested resource not found.');

/** moto's answer with another content, unless it is an error. */
function changed(answer: Answer, change: (said: Input) => Input): Answer {
  if (answer.status !== 200) return answer;
  return { ...answer, body: JSON.stringify(change(JSON.parse(answer.body.toString()) as Input)) };
}

/** In the price list's format. */
function inventedPrice(dollars: number, unit = 'Hrs', usagetype = 'USE1-Tsform:ml.rehearsal'): string {
  const dimension = { unit, pricePerUnit: { USD: String(dollars) } };
  return JSON.stringify({
    product: { attributes: { usagetype } },
    terms: { OnDemand: { rehearsal: { priceDimensions: { rehearsal: dimension } } } },
  });
}

/** Of each memory size, by the second: a machine's price at 4 GB. */
function serverlessPrices(dollarsPerHour: number): string[] {
  return [1, 2, 3, 4, 5, 6].map((gigabytes) =>
    inventedPrice((dollarsPerHour * gigabytes) / 4 / 3600, 'Second', `USE1-ServerlessInf:Mem-${gigabytes}GB`),
  );
}
