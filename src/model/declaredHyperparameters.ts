// Hyperparameters that a network declares for itself: numbers and words, with a default each.

import { UserError } from '../platform/errors';
import { type Hyperparameters, hyperparameterTable, parseHyperparameters, unquote } from './hyperparameters';
import type { OwnHyperparameters } from './training/networkFunction';

/** Returns the hyperparameters that a module exports. Throws a {@link UserError} for one with an unusable name or default. */
export function checkDeclared(exported: unknown = {}): OwnHyperparameters {
  if (typeof exported !== 'object' || exported === null || Array.isArray(exported)) {
    throw new UserError(
      'Your network’s hyperparameters are not an object of names and defaults, as in `{ units: 32, pooling: "max" }`.',
    );
  }
  const problems = Object.entries(exported).flatMap(([name, value]) => {
    const problem = problemOfName(name) ?? problemOfDefault(value);
    return problem === undefined ? [] : [`${name} ${problem}`];
  });
  if (problems.length > 0) throw new UserError(`Your network’s hyperparameters: ${problems.join('. ')}.`);
  return { ...exported } as OwnHyperparameters;
}

function problemOfName(name: string): string | undefined {
  if (Object.hasOwn(hyperparameterTable, name)) {
    return 'is a hyperparameter of every training job already; choose another name';
  }
  if (/^(?!sagemaker_)[A-Za-z]\w{0,255}$/.test(name)) return undefined;
  return 'is not a valid name; expected letters, digits and underscores, a letter first, and not sagemaker_';
}

function problemOfDefault(value: unknown): string | undefined {
  if (typeof value === 'string' || Number.isFinite(value)) return undefined;
  const given = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return `is ${given}; expected a number or a word`;
}

/** The hyperparameters of a training run, and apart from them those of its network. */
interface AllHyperparameters {
  readonly hyperparameters: Hyperparameters;
  readonly own: OwnHyperparameters;
}

/**
 * Parses hyperparameters as `parseHyperparameters()` does, and those that a network declares. Every other architecture has
 * no network. An error about an unknown name lists the declared ones, too.
 */
export function parseWithDeclared(
  given: Readonly<Record<string, unknown>>,
  declared: OwnHyperparameters | undefined,
): AllHyperparameters {
  if (!declared) return { hyperparameters: parseHyperparameters(given), own: {} };
  const { own, others } = divideDeclared(given, declared);
  const architecture = { architecture: 'own', ...others };
  return { hyperparameters: parseHyperparameters(architecture, Object.keys(declared)), own };
}

/**
 * Divides hyperparameters from a user or from SageMaker into those of the network, with its defaults for missing ones, and
 * all others. SageMaker passes strings; the default tells the type. Throws a {@link UserError} for a value of another type.
 */
function divideDeclared(
  given: Readonly<Record<string, unknown>>,
  declared: OwnHyperparameters,
): { own: OwnHyperparameters; others: Record<string, unknown> } {
  const entries = Object.entries(given);
  const isOwn = ([name]: [string, unknown]) => Object.hasOwn(declared, name);
  const problems: string[] = [];
  const own = entries.filter(isOwn).map(([name, value]) => {
    const parsed = parse(value, declared[name]);
    if (parsed === undefined) {
      const type = typeof declared[name] === 'number' ? 'a number' : 'a word';
      problems.push(`${name} is ${JSON.stringify(value)}; expected ${type}`);
    }
    return [name, parsed];
  });
  if (problems.length > 0) throw new UserError(`Hyperparameters: ${problems.join('. ')}.`);
  return {
    own: { ...declared, ...Object.fromEntries(own) },
    others: Object.fromEntries(entries.filter((entry) => !isOwn(entry))),
  };
}

function parse(given: unknown, declared: unknown): string | number | undefined {
  const value = unquote(given);
  if (typeof declared === 'string') return typeof value === 'string' ? value : undefined;
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}
