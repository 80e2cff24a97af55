// Checks a tuning request and starts its job with CreateHyperParameterTuningJob. Its planned cost is that of all trials at
// their time limit.
import {
  CreateHyperParameterTuningJobCommand,
  type HyperParameterTuningJobConfig,
  type ParameterRanges,
} from '@aws-sdk/client-sagemaker';
import { parseWithDeclared } from '../../../model/declaredHyperparameters';
import { checkChannels, checkTuningName, uniqueName } from '../../contract/names';
import { checkNetwork, declaredIn, uploadNetwork } from '../../contract/network';
import { type Dimension, searchSpace } from '../../contract/searchSpace';
import { checkSettings } from '../../contract/trainingSettings';
import { isMaximised, type TuningJob, type TuningRequest, tuningDefaults } from '../../contract/tuning';
import type { AwsContext } from '../account/context';
import { expectRole } from '../account/identity';
import { machinesOf } from '../account/instances';
import { patience, rideOut } from '../account/poll';
import { startOnce } from '../account/startOnce';
import { asStrings, checkUris, describeJob } from './request';
import { defaultRuntimeMinutes, type Preparation } from './start';
import { findTuningJob, openTuningJob } from './tuningJob';

/** SageMaker's names of the strategies. */
const strategies = { bayesian: 'Bayesian', hyperband: 'Hyperband', random: 'Random' } as const;

/** Starts a tuning job, or finds an identical one. */
export async function startTuningJob(
  context: AwsContext,
  { name: given, again, ...request }: TuningRequest,
  { findImage, upload }: Preparation,
): Promise<TuningJob> {
  const name = given ?? uniqueName('tuning');
  checkTuningName(name);
  checkNetwork(request);
  checkSettings(request);
  const space = searchSpace(request);
  checkChannels(request.channels);
  checkUris(request.channels);
  const RoleArn = expectRole(context.place);
  const image = await findImage();
  const { channels, hyperparameters } = await uploadNetwork(request, upload);
  const { network: _, ...others } = request;
  const { options } = context;
  const { retries } = request;
  const instanceType = request.instanceType ?? machinesOf(options).training;
  const minutes = request.maxTrialMinutes ?? options.maxRuntimeMinutes ?? defaultRuntimeMinutes;
  const spot = request.spot ?? options.spot ?? false;
  const trials = request.trials ?? tuningDefaults.trials;
  const started = await startOnce(context, {
    kind: 'tuning job',
    name,
    isNamed: given !== undefined,
    again,
    request: { image, ...others, channels, hyperparameters, instanceType },
    cost: { instanceType, component: 'Training', minutes, times: trials },
    statusOf: async (job) => (await findTuningJob(context, job))?.HyperParameterTuningJobStatus,
    create: async (Tags) => {
      const command = new CreateHyperParameterTuningJobCommand({
        HyperParameterTuningJobName: name,
        HyperParameterTuningJobConfig: describeSearch(request, space),
        TrainingJobDefinition: {
          StaticHyperParameters: asStrings(hyperparameters),
          ...describeJob(context, {
            image,
            channels,
            instances: [instanceType],
            RoleArn,
            minutes,
            spot,
            retries,
          }),
        },
        Tags,
      });
      await rideOut(context, () => context.clients.sagemaker.send(command), { seconds: patience.start });
    },
  });
  return await openTuningJob(context, started);
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
    // Hyperband stops trials itself and rejects early stopping.
    TrainingJobEarlyStoppingType: earlyStopping && strategy !== 'hyperband' ? 'Auto' : 'Off',
    RandomSeed: seed,
  };
}

/** Returns the largest number of epochs that a trial may have. */
function longestOf(request: TuningRequest, space: readonly Dimension[]): number {
  const searched = space.find(({ name }) => name === 'epochs');
  if (searched?.kind === 'number') return searched.to;
  if (searched) return Math.max(...searched.values.map(Number));
  return parseWithDeclared(request.hyperparameters ?? {}, declaredIn(request)).hyperparameters.epochs;
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
