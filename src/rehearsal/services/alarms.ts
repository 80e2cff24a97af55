// CloudWatch: alarms on an endpoint's metrics. Measures nothing: the rehearsal's options choose the metrics that are over their limits.
import type { Account } from './account';
import type { Alarm } from './resources';
import type { Operations } from './service';

const service = 'GraniteServiceVersion20100801';

export function alarmOperations(account: Account): Operations {
  const { alarms, behaviour } = account;
  return {
    [`${service}.PutMetricAlarm`]: (input: Alarm['request']) => {
      alarms.set(input.AlarmName, { request: input, since: behaviour.clock.now() });
      return {};
    },
    [`${service}.DescribeAlarms`]: (input: {
      AlarmNames?: string[];
      AlarmNamePrefix?: string;
      StateValue?: string;
    }) => ({
      MetricAlarms: [...alarms.values()]
        .map(({ request, since }) => ({
          ...request,
          ...stateOf(account, request.AlarmName),
          AlarmConfigurationUpdatedTimestamp: since,
        }))
        .filter(({ AlarmName }) => input.AlarmNames?.includes(AlarmName) ?? true)
        .filter(({ AlarmName }) => AlarmName.startsWith(input.AlarmNamePrefix ?? ''))
        .filter(({ StateValue }) => StateValue === (input.StateValue ?? StateValue)),
    }),
    [`${service}.DeleteAlarms`]: ({ AlarmNames }: { AlarmNames: string[] }) => {
      for (const name of AlarmNames) alarms.delete(name);
      return {};
    },
  };
}

/** Returns the state of an alarm, which decides about a guarded update. */
export function stateOf({ alarms, behaviour }: Account, name: string) {
  const { MetricName = '', Threshold } = alarms.get(name)?.request ?? {};
  return behaviour.exceeds(MetricName)
    ? {
        StateValue: 'ALARM',
        StateReason: `Threshold Crossed: 1 datapoint was greater than the threshold (${Threshold}).`,
      }
    : { StateValue: 'OK' };
}
