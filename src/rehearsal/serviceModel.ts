// Checks requests against a service's model in botocore: required members, types, lengths, patterns, enums and ranges.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A shape of a service model. */
interface Shape {
  type: string;
  required?: string[];
  members?: Record<string, { shape: string }>;
  member?: { shape: string };
  key?: { shape: string };
  value?: { shape: string };
  min?: number;
  max?: number;
  pattern?: string;
  enum?: string[];
}

interface ServiceModel {
  operations: Record<string, { input?: { shape: string } }>;
  shapes: Record<string, Shape>;
}

/** Returns the problems of an operation's input in AWS's words; none if the input is valid. */
export type RequestCheck = (operation: string, input: unknown) => string[];

/**
 * Reads a service's model.
 * @param dataFolder botocore's data/
 */
export function openServiceModel(dataFolder: string, service: string): RequestCheck {
  const folder = join(dataFolder, service);
  const latest = readdirSync(folder).sort().at(-1) ?? '';
  const file = readFileSync(join(folder, latest, 'service-2.json.gz'));
  const { operations, shapes } = JSON.parse(gunzipSync(file).toString()) as ServiceModel;
  return (operation, input) => {
    const known = operations[operation];
    if (!known) return [`${service} has no operation ${operation}`];
    return known.input ? [...problems(shapes, known.input.shape, input, '')] : [];
  };
}

function* problems(
  shapes: ServiceModel['shapes'],
  name: string,
  value: unknown,
  path: string,
): Generator<string> {
  const shape = shapes[name];
  if (!shape) return;
  const fail = (constraint: string) =>
    `Value '${JSON.stringify(value)}' at '${path || 'request'}' failed to satisfy constraint: Member must ${constraint}`;
  if (!isOfType(shape.type, value)) {
    yield fail(`be of type ${shape.type}`);
    return;
  }
  const size = sizeOf(shape.type, value);
  if (size !== undefined && shape.min !== undefined && size < shape.min)
    yield fail(`be at least ${shape.min}`);
  if (size !== undefined && shape.max !== undefined && size > shape.max)
    yield fail(`be at most ${shape.max}`);
  if (shape.enum && !shape.enum.includes(String(value))) yield fail(`be one of [${shape.enum.join(', ')}]`);
  if (shape.pattern && !compile(shape.pattern).test(String(value))) yield fail(`match ${shape.pattern}`);
  yield* insideOf(shapes, shape, value, path);
}

function* insideOf(
  shapes: ServiceModel['shapes'],
  shape: Shape,
  value: unknown,
  path: string,
): Generator<string> {
  if (shape.type === 'list' && shape.member) {
    for (const [index, one] of (value as unknown[]).entries()) {
      yield* problems(shapes, shape.member.shape, one, `${path}[${index}]`);
    }
  }
  if (shape.type === 'map' && shape.key && shape.value) {
    for (const [key, one] of Object.entries(value as object)) {
      yield* problems(shapes, shape.key.shape, key, `${path}.key`);
      yield* problems(shapes, shape.value.shape, one, `${path}.${key}`);
    }
  }
  if (shape.type !== 'structure') return;
  const given = Object.entries(value as object).filter(([, one]) => one !== undefined && one !== null);
  for (const name of shape.required ?? []) {
    if (!given.some(([key]) => key === name))
      yield `Missing required member '${name}' in '${path || 'request'}'`;
  }
  for (const [key, one] of given) {
    const member = shape.members?.[key];
    const inner = path ? `${path}.${key}` : key;
    if (member) yield* problems(shapes, member.shape, one, inner);
    else yield `Unknown member '${inner}'`;
  }
}

function isOfType(type: string, value: unknown): boolean {
  switch (type) {
    case 'list':
      return Array.isArray(value);
    case 'structure':
    case 'map':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
    case 'long':
      return Number.isInteger(value);
    case 'float':
    case 'double':
      return typeof value === 'number';
    default:
      return true;
  }
}

/** Returns the size that min and max limit. */
function sizeOf(type: string, value: unknown): number | undefined {
  if (type === 'string') return [...(value as string)].length;
  if (type === 'list') return (value as unknown[]).length;
  if (type === 'map') return Object.keys(value as object).length;
  return typeof value === 'number' ? value : undefined;
}

/** Compiles a Java pattern. Some patterns need the flag u, others are invalid with it. */
function compile(java: string): RegExp {
  // Some patterns of SageMaker's have an end of the text before a number of repetitions.
  const pattern = java.replaceAll('\\p{Print}', '[ -~]').replaceAll('${', '{');
  try {
    return new RegExp(`^(?:${pattern})$`, 'u');
  } catch {
    return new RegExp(`^(?:${pattern})$`);
  }
}
