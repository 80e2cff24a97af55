// Checks what watches an endpoint and its updates, for every session.
import { UserError } from '../../platform/errors';
import type { AlarmLimits, DeploymentOptions, UpdateGuard } from './endpoint';

const usualLimits = { errorPercent: 5, latencyMilliseconds: 1000 } as const satisfies Required<AlarmLimits>;

const usualGuard = {
  ...usualLimits,
  traffic: 'all at once',
  canaryPercent: 10,
  watchMinutes: 5,
} as const satisfies Required<UpdateGuard>;

/** The smallest and the largest value of each number. */
const bounds = {
  canaryPercent: [1, 50],
  watchMinutes: [1, 60],
  errorPercent: [0, 100],
  latencyMilliseconds: [1, 60_000],
} as const;

/** The numbers of days that CloudWatch Logs knows. */
const days = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Returns the guard with its defaults. Throws a {@link UserError} for a value that is out of range. */
export function checkGuard(guard: UpdateGuard): Required<UpdateGuard> {
  const whole = { ...usualGuard, ...guard };
  if (whole.traffic !== 'all at once' && whole.traffic !== 'canary') {
    throw new UserError(`update(): traffic is "${whole.traffic}"; it must be "all at once" or "canary".`);
  }
  expectBetween('update()', whole);
  return whole;
}

/** Returns the limits with their defaults. Throws a {@link UserError} for a value that AWS does not accept. */
export function checkWatch({ alarms, logDays }: DeploymentOptions): Required<AlarmLimits> {
  const whole = { ...usualLimits, ...alarms };
  expectBetween('deploy()', whole);
  if (alarms?.notify !== undefined && !/^arn:[\w-]+:sns:[\w-]+:\d+:.+$/.test(alarms.notify)) {
    throw new UserError(
      `deploy(): notify is "${alarms.notify}"; it must be the ARN of an SNS topic, such as arn:aws:sns:us-east-1:123456789012:news.`,
    );
  }
  if (logDays !== undefined && !days.includes(logDays)) {
    throw new UserError(`deploy(): logDays is ${logDays}; it must be one of ${days.join(', ')}.`);
  }
  return whole;
}

function expectBetween(verb: string, values: Partial<Record<keyof typeof bounds, number>>): void {
  for (const [name, [least, most]] of Object.entries(bounds)) {
    const value = values[name as keyof typeof bounds];
    if (value === undefined || (value >= least && value <= most)) continue;
    throw new UserError(`${verb}: ${name} is ${value}; it must be a number from ${least} to ${most}.`);
  }
}
