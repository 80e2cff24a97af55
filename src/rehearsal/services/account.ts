// The state of the rehearsal's AWS account that moto does not keep: SageMaker's resources and their scaling.
import type { Clock } from '../runs/clock';
import type { RehearsedEndpoint } from '../runs/endpoint';
import type { Stage } from '../runs/stage';
import type { RehearsedJob } from '../runs/trainingJob';
import type { RehearsedTransform } from '../runs/transformJob';
import type { RehearsedTuning } from '../runs/tuningJob';
import { type Collection, createCollection } from './collection';
import type {
  Alarm,
  EndpointConfig,
  Model,
  ModelPackage,
  NotebookInstance,
  ScalableTarget,
  Schedule,
} from './resources';
import { createTagStore, type TagStore } from './tags';

/** Settings of how resources behave. */
interface Behaviour {
  clock: Clock;
  /** Shortest time that a job or endpoint stays in each status. */
  stepSeconds: number;
  /** Whether a transform job loses its last instance half way. */
  losesInstance: (job: string) => boolean;
  /** Whether an attempt of a training job, counted from 1, ends with an error of SageMaker's own. */
  breaksDown: (job: string, attempt: number) => boolean;
  /** Whether AWS has a free instance of a type. */
  hasFree: (instanceType: string) => boolean;
  /** Whether an endpoint's metric is over the limit of its alarm. */
  exceeds: (metric: string) => boolean;
  /** Whether instances are kept for later jobs: without a quota, they are not. */
  keepsInstances: boolean;
}

export interface Account {
  readonly stage: Stage;
  readonly behaviour: Behaviour;
  readonly tags: TagStore;
  readonly trainingJobs: Collection<RehearsedJob>;
  readonly transformJobs: Collection<RehearsedTransform>;
  readonly tuningJobs: Collection<RehearsedTuning>;
  readonly models: Collection<Model>;
  readonly modelGroups: Collection<{ CreationTime: number }>;
  /** By ARN. */
  readonly modelPackages: Map<string, ModelPackage>;
  readonly endpointConfigs: Collection<EndpointConfig>;
  readonly endpoints: Collection<RehearsedEndpoint>;
  readonly notebookInstances: Collection<NotebookInstance>;
  /** By resource id. */
  readonly scalableTargets: Map<string, ScalableTarget>;
  /** By name. */
  readonly schedules: Map<string, Schedule>;
  /** By name. */
  readonly alarms: Map<string, Alarm>;
  /** Deletions that have not finished. */
  readonly deletions: Promise<void>[];
}

export function createAccount(stage: Stage, behaviour: Behaviour): Account {
  const tags = createTagStore();
  return {
    stage,
    behaviour,
    tags,
    trainingJobs: createCollection(tags, 'training-job'),
    transformJobs: createCollection(tags, 'transform-job'),
    tuningJobs: createCollection(tags, 'hyper-parameter-tuning-job'),
    models: createCollection(tags, 'model', (name) => `Could not find model "${name}".`),
    modelGroups: createCollection(
      tags,
      'model-package-group',
      (name) => `ModelPackageGroup ${name} does not exist.`,
    ),
    modelPackages: new Map(),
    endpointConfigs: createCollection(
      tags,
      'endpoint-config',
      (name) => `Could not find endpoint configuration "${name}".`,
    ),
    endpoints: createCollection(tags, 'endpoint', (name) => `Could not find endpoint "${name}".`),
    notebookInstances: createCollection(tags, 'notebook-instance', () => 'RecordNotFound'),
    scalableTargets: new Map(),
    schedules: new Map(),
    alarms: new Map(),
    deletions: [],
  };
}

/** Ends every job and endpoint; resolves when their processes have ended. */
export async function closeAccount(account: Account): Promise<void> {
  await Promise.all(account.deletions);
  const tuning = account.tuningJobs.entries().map(({ item }) => item);
  for (const job of tuning) job.stop();
  await Promise.all(tuning.map(({ ended }) => ended));
  const jobs = [...account.trainingJobs.entries(), ...account.transformJobs.entries()].map(
    ({ item }) => item,
  );
  for (const job of jobs) job.stop();
  await Promise.all(jobs.map(({ ended }) => ended));
  await Promise.all(account.endpoints.entries().map(({ item }) => item.delete()));
}
