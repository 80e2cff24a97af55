// CloudWatch's alarms on an endpoint's errors and latency: creates, reads and deletes them.
import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch';
import { UserError } from '../../../platform/errors';
import type { AlarmLimits, EndpointAlarms } from '../../contract/endpoint';
import type { AwsContext } from '../account/context';
import { collect, listEndpoints } from '../account/lists';
import { unlessGone } from '../account/serviceErrors';
import { variantName } from './scalableTarget';
import { describeOwner, schedulePrefix } from './switchOff';

/** Start of the name of every alarm. */
export const alarmPrefix = schedulePrefix;

/** The subject of an alarm: an endpoint, or only its instances with a configuration. */
interface Watched {
  endpoint: string;
  configuration?: string;
}

/** Returns the start of the names of the subject's alarms. No name of an endpoint has a slash. */
function startOf({ endpoint, configuration }: Watched): string {
  return `${alarmPrefix}${endpoint}/${configuration ? `${configuration}/` : ''}`;
}

/** Creates alarms for the share of failed requests and for latency, and returns their names. */
export async function putAlarms(
  context: AwsContext,
  watched: Watched,
  { errorPercent, latencyMilliseconds, notify }: Required<AlarmLimits> & Pick<EndpointAlarms, 'notify'>,
): Promise<string[]> {
  const { endpoint, configuration } = watched;
  const dimensions = { EndpointName: endpoint, VariantName: variantName, EndpointConfigName: configuration };
  const shared = {
    AlarmDescription: describeOwner(context.tags),
    Namespace: 'AWS/SageMaker',
    Dimensions: Object.entries(dimensions).flatMap(([Name, Value]) => (Value ? [{ Name, Value }] : [])),
    Period: 60,
    EvaluationPeriods: 1,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
    ...(notify && { AlarmActions: [notify] }),
  } as const;
  const start = startOf(watched);
  const alarms = [
    // The metric is 0 or 1 for each request, so that its average is their share.
    { MetricName: 'Invocation5XXErrors', Statistic: 'Average', Threshold: errorPercent / 100 },
    // In microseconds.
    { MetricName: 'ModelLatency', ExtendedStatistic: 'p99', Threshold: 1000 * latencyMilliseconds },
  ] as const;
  const names: string[] = [];
  for (const alarm of alarms) {
    const AlarmName = start + alarm.MetricName;
    context.recordCreation('alarm', AlarmName);
    names.push(AlarmName);
    await context.clients.cloudwatch.send(new PutMetricAlarmCommand({ AlarmName, ...shared, ...alarm }));
  }
  return names;
}

/** Returns a sentence about the alarms of an endpoint. */
export function describeAlarms(
  endpoint: string,
  { errorPercent, latencyMilliseconds, notify }: Required<AlarmLimits> & Pick<EndpointAlarms, 'notify'>,
): string {
  const where = notify ? `reports to ${notify.split(':').at(-1)}` : 'shows in the CloudWatch console';
  return (
    `An alarm of endpoint ${endpoint} ${where} if more than ${errorPercent}% of the requests of a minute fail, another if the ` +
    `slowest of a hundred takes more than ${latencyMilliseconds} ms. They cost cents a month. delete() and cleanUp() end them; after a planned end, cleanUp() does.`
  );
}

/** Returns a text about those of the alarms that have gone off; empty if none has. */
export async function describeTripped(
  { clients }: AwsContext,
  AlarmNames: readonly string[],
): Promise<string> {
  if (AlarmNames.length === 0) return '';
  const command = new DescribeAlarmsCommand({ AlarmNames: [...AlarmNames], StateValue: 'ALARM' });
  const { MetricAlarms = [] } = await clients.cloudwatch.send(command);
  return MetricAlarms.map(({ MetricName, StateReason }) => `${MetricName}: ${StateReason}`).join(' ');
}

/** Deletes alarms. Does nothing for those that are gone. */
export async function deleteAlarms(context: AwsContext, names: readonly string[]): Promise<void> {
  for (const name of names) {
    // One by one: if one of several is gone, CloudWatch deletes none.
    await unlessGone(context.clients.cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [name] })));
    context.recordEnd('alarm', name);
  }
}

/** Deletes the subject's alarms that the ledger has. */
export async function deleteAlarmsOf(context: AwsContext, watched: Watched): Promise<void> {
  const recorded = context.recorded().filter(({ kind }) => kind === 'alarm');
  const names = recorded.map(({ name }) => name).filter((name) => name.startsWith(startOf(watched)));
  await deleteAlarms(context, names);
}

/** Returns the alarms of endpoints that are gone, if this session's owner or ledger has them, with their last change. */
export async function listSpentAlarms(context: AwsContext): Promise<{ name: string; since: Date }[]> {
  const recorded = new Set(context.recorded().flatMap(({ kind, name }) => (kind === 'alarm' ? name : [])));
  const pages = paginateDescribeAlarms(
    { client: context.clients.cloudwatch },
    { AlarmNamePrefix: alarmPrefix },
  );
  const found = await collect(pages, ({ MetricAlarms = [] }) => MetricAlarms).catch((error: unknown) => {
    // A user without permission to list them is unlikely to have created one.
    if (!(error instanceof UserError) || recorded.size > 0) throw error;
    return [];
  });
  const ours = found.filter(
    ({ AlarmName = '', AlarmDescription }) =>
      AlarmDescription === describeOwner(context.tags) || recorded.has(AlarmName),
  );
  if (ours.length === 0) return [];
  const inUse = (await listEndpoints(context)).map(({ name }) => startOf({ endpoint: name }));
  return ours
    .map(({ AlarmName: name = '', AlarmConfigurationUpdatedTimestamp: since = new Date() }) => ({
      name,
      since,
    }))
    .filter(({ name }) => !inUse.some((start) => name.startsWith(start)));
}
