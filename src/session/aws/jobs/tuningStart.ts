// A tuning request → CreateHyperParameterTuningJob: checked, priced as all its trials at their time limit, recorded, started
// once.
import { dirname } from 'node:path';
import {
  CreateHyperParameterTuningJobCommand,
  type HyperParameterTuningJobConfig,
  type ParameterRanges,
} from '@aws-sdk/client-sagemaker';
import { parseHyperparameters } from '../../../model/hyperparameters';
import { withLock } from '../../../platform/lock';
import { checkChannels, checkTuningName, uniqueName } from '../../contract/names';
import { type Dimension, searchSpace } from '../../contract/searchSpace';
import { isMaximised, type TuningJob, type TuningRequest, tuningDefaults } from '../../contract/tuning';
import type { AwsContext } from '../account/context';
import { expectRole } from '../account/identity';
import { machinesOf } from '../account/machines';
import { asStrings, checkUris, describeJob } from './request';
import { defaultRuntimeMinutes } from './start';
import { createOnce, describeRequest, findSame, taken } from './startOnce';
import { findTuningJob, openTuningJob, tuningPurpose } from './tuningJob';

/** SageMaker's words for the strategies. */
const strategies = { bayesian: 'Bayesian', hyperband: 'Hyperband', random: 'Random' } as const;

/** @param findImage the image's URI in ECR; asked when all else is known to be right */
export async function startTuningJob(
  context: AwsContext,
  { name: given, again, ...request }: TuningRequest,
  findImage: () => Promise<string>,
): Promise<TuningJob> {
  const isNamed = given !== undefined;
  const name = given ?? uniqueName('tuning');
  checkTuningName(name);
  const space = searchSpace(request);
  const { channels, hyperparameters = {} } = request;
  checkChannels(channels);
  checkUris(channels);
  const RoleArn = expectRole(context.place);
  const image = await findImage();
  const { options } = context;
  const instanceType = request.instanceType ?? machinesOf(options).training;
  const minutes = request.maxTrialMinutes ?? options.maxRuntimeMinutes ?? defaultRuntimeMinutes;
  const spot = request.spot ?? options.spot ?? false;
  const trials = request.trials ?? tuningDefaults.trials;
  const asked = describeRequest({ image, ...request, instanceType });

  return await withLock(dirname(context.ledger.path), async () => {
    if (isNamed && (await findTuningJob(context, name))) throw taken('tuning job', name);
    const words = { kind: 'tuning job', request: asked, verb: 'tune' } as const;
    const statusOf = async (job: string) =>
      (await findTuningJob(context, job))?.HyperParameterTuningJobStatus;
    const same = isNamed || again ? undefined : await findSame(context, words, statusOf);
    if (same !== undefined) return await openTuningJob(context, same);
    const { StoppingCondition, ...job } = describeJob(context, {
      image,
      channels,
      instanceType,
      RoleArn,
      minutes,
      spot,
    });
    await createOnce(context, {
      kind: 'tuning job',
      name,
      request: asked,
      offer: { what: tuningPurpose(name), instanceType, component: 'Training', minutes, times: trials },
      resource: `hyper-parameter-tuning-job/${name.toLowerCase()}`,
      create: (Tags) =>
        context.clients.sagemaker.send(
          new CreateHyperParameterTuningJobCommand({
            HyperParameterTuningJobName: name,
            HyperParameterTuningJobConfig: describeSearch(request, space),
            TrainingJobDefinition: {
              StaticHyperParameters: asStrings(hyperparameters),
              StoppingCondition,
              ...job,
            },
            Tags,
          }),
        ),
    });
    return await openTuningJob(context, name);
  });
}

function describeSearch(request: TuningRequest, space: readonly Dimension[]): HyperParameterTuningJobConfig {
  const { trials, parallel, objective, earlyStopping, seed } = { ...tuningDefaults, ...request };
  const { strategy = 'bayesian' } = request;
  return {
    Strategy: strategies[strategy],
    ...(strategy === 'hyperband' && {
      StrategyConfig: { HyperbandStrategyConfig: { MinResource: 1, MaxResource: longestOf(request, space) } },
    }),
    HyperParameterTuningJobObjective: {
      Type: isMaximised(objective) ? 'Maximize' : 'Minimize',
      MetricName: objective,
    },
    ResourceLimits: {
      MaxNumberOfTrainingJobs: trials,
      MaxParallelTrainingJobs: Math.min(parallel, trials),
    },
    ParameterRanges: describeRanges(space),
    // Hyperband stops trials by itself and refuses a second way.
    TrainingJobEarlyStoppingType: earlyStopping && strategy !== 'hyperband' ? 'Auto' : 'Off',
    RandomSeed: seed,
  };
}

/** The most epochs that a trial may have. */
function longestOf({ hyperparameters = {} }: TuningRequest, space: readonly Dimension[]): number {
  const searched = space.find(({ name }) => name === 'epochs');
  if (searched?.kind === 'number') return searched.to;
  if (searched) return Math.max(...searched.values.map(Number));
  return parseHyperparameters(hyperparameters).epochs;
}

function describeRanges(space: readonly Dimension[]): ParameterRanges {
  const numbers = space.flatMap((one) => (one.kind === 'number' ? [one] : []));
  const range = ({ name, from, to, isLog }: (typeof numbers)[number]) => ({
    Name: name,
    MinValue: String(from),
    MaxValue: String(to),
    ScalingType: isLog ? ('Logarithmic' as const) : ('Linear' as const),
  });
  return {
    IntegerParameterRanges: numbers.filter(({ isWhole }) => isWhole).map(range),
    ContinuousParameterRanges: numbers.filter(({ isWhole }) => !isWhole).map(range),
    CategoricalParameterRanges: space.flatMap((one) =>
      one.kind === 'choice' ? [{ Name: one.name, Values: one.values.map(String) }] : [],
    ),
  };
}
