// EventBridge Scheduler: one-time schedules that delete an endpoint. A schedule fires before the first request after its time.
import { accountId } from '../runs/arn';
import type { Account } from './account';
import type { Schedule } from './resources';
import { invalid, type Operations, ServiceError } from './service';

interface Named {
  Name: string;
}

export function scheduleOperations({ schedules, behaviour }: Account): Operations {
  const get = (name: string) => {
    const schedule = schedules.get(name);
    if (schedule) return schedule;
    throw new ServiceError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404);
  };
  const put = (input: Schedule, CreationDate: number) => {
    if (timeOf(input) <= behaviour.clock.now())
      throw invalid('Invalid Schedule Expression: it is in the past.');
    schedules.set(input.Name, { ...input, CreationDate });
    return { ScheduleArn: arnOf(input.Name) };
  };
  return {
    'Scheduler.CreateSchedule': (input: Schedule) => {
      if (schedules.has(input.Name)) {
        throw new ServiceError('ConflictException', `Schedule ${input.Name} already exists.`, 409);
      }
      return put(input, behaviour.clock.now());
    },
    'Scheduler.UpdateSchedule': (input: Schedule) => put(input, get(input.Name).CreationDate),
    'Scheduler.GetSchedule': ({ Name }: Named) => ({ ...get(Name), Arn: arnOf(Name), GroupName: 'default' }),
    'Scheduler.DeleteSchedule': ({ Name }: Named) => {
      get(Name);
      schedules.delete(Name);
      return {};
    },
    'Scheduler.ListSchedules': ({ NamePrefix = '' }: { NamePrefix?: string }) => ({
      Schedules: [...schedules.values()]
        .filter(({ Name }) => Name.startsWith(NamePrefix))
        .map(({ Name, CreationDate, Target: { Arn } }) => ({
          Name,
          CreationDate,
          Arn: arnOf(Name),
          GroupName: 'default',
          Target: { Arn },
        })),
    }),
  };
}

/** Calls the targets of the schedules that are due. One that fails, such as for an endpoint that is being created, is called again. */
export async function fireSchedules(
  { schedules, behaviour }: Account,
  operations: Operations,
): Promise<void> {
  for (const schedule of schedules.values()) {
    if (timeOf(schedule) > behaviour.clock.now()) continue;
    const { Arn, Input = '{}' } = schedule.Target;
    const [, action = ''] = /:aws-sdk:sagemaker:(\w+)$/.exec(Arn) ?? [];
    const perform = operations[`SageMaker.${action.charAt(0).toUpperCase()}${action.slice(1)}`];
    try {
      await perform?.(JSON.parse(Input) as never);
    } catch (error) {
      if (/in-progress/.test((error as Error).message)) continue;
    }
    if (schedule.ActionAfterCompletion === 'DELETE') schedules.delete(schedule.Name);
  }
}

/** Returns the seconds since 1970 of a one-time schedule. Throws a {@link ServiceError} for any other. */
function timeOf({ ScheduleExpression, ScheduleExpressionTimezone = 'UTC' }: Schedule): number {
  const [, time] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(ScheduleExpression) ?? [];
  if (time && ScheduleExpressionTimezone === 'UTC') return Date.parse(`${time}Z`) / 1000;
  throw invalid(`The stand-in for AWS does not support the schedule ${ScheduleExpression}.`);
}

function arnOf(name: string): string {
  return `arn:aws:scheduler:us-east-1:${accountId}:schedule/default/${name}`;
}
