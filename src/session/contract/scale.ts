// Checks the bounds of an endpoint's scaling, for every session.
import { UserError } from '../../platform/errors';
import type { Scale } from './endpoint';

const defaults = { from: 1, requestsPerSecond: 10, outCooldownSeconds: 60, inCooldownSeconds: 300 };

/** Returns the bounds with their defaults. Throws a {@link UserError} for invalid bounds. */
export function checkScale(scale: Scale): Required<Scale> {
  const whole = { ...defaults, ...scale };
  expect('from', whole.from, Number.isInteger(whole.from) && whole.from >= 1, 'a whole number of at least 1');
  expect(
    'to',
    whole.to,
    Number.isInteger(whole.to) && whole.to >= whole.from,
    `a whole number of at least ${whole.from}`,
  );
  for (const name of ['outCooldownSeconds', 'inCooldownSeconds'] as const) {
    expect(name, whole[name], Number.isInteger(whole[name]) && whole[name] >= 0, 'a whole number of seconds');
  }
  const isRate = Number.isFinite(whole.requestsPerSecond) && whole.requestsPerSecond > 0;
  expect('requestsPerSecond', whole.requestsPerSecond, isRate, 'a number above 0');
  return whole;
}

function expect(name: string, value: number, isRight: boolean, expected: string): void {
  if (!isRight) throw new UserError(`scale(): ${name} is ${value}; it must be ${expected}.`);
}
