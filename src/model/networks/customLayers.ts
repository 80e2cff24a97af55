// Rejects custom layers. The server rebuilds the model from its topology, without the user's code.

import type * as TensorFlow from '@tensorflow/tfjs-node';
import { UserError } from '../../platform/errors';
import { registerOrthogonal } from './orthogonal';
import { tensorflow } from './tensorflow';

type Layer = TensorFlow.layers.Layer;
type Classes = ReadonlyMap<string, unknown>;

let known: Classes | undefined;

/**
 * Returns the classes that tf.layers makes from a topology, by name, as they are at the first call. Call it before any code
 * of a user is loaded.
 */
export function knownClasses(): Classes {
  if (known) return known;
  registerOrthogonal();
  known = new Map(Object.entries(registered()).map(([name, [made]]) => [name, made]));
  return known;
}

/** Throws a {@link UserError} if a model has a layer of the user's own class, or one whose `call` the user has replaced. */
export function rejectCustomLayers(model: TensorFlow.LayersModel, topology: unknown): void {
  const classes = knownClasses();
  const custom = findCustomClass(topology, classes);
  const changed = layersOf(model).find((layer) => isChanged(layer, classes));
  if (custom === undefined && !changed) return;
  const what =
    custom === undefined
      ? `replaces call() of the layer ${changed?.name}`
      : `uses the custom class ${custom}`;
  throw new UserError(
    `Your network ${what}, which the server cannot reproduce: it rebuilds the model from the settings of its layers and runs none ` +
      'of your code. Use the layers, activations and initializers of tf as they are.',
  );
}

/** Returns the first class or activation in a topology that is missing among the known ones, or was replaced since. */
function findCustomClass(topology: unknown, classes: Classes): string | undefined {
  if (typeof topology !== 'object' || topology === null) return undefined;
  for (const [key, value] of Object.entries(topology)) {
    const isName = typeof value === 'string' && /^class_name$|activation$/.test(key);
    if (isName && ![value, toCamelCase(value)].some((name) => isKnown(name, classes))) return value;
    const found = findCustomClass(value, classes);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isChanged(layer: Layer, classes: Classes): boolean {
  return Object.hasOwn(layer, 'call') || classes.get(layer.getClassName()) !== layer.constructor;
}

function isKnown(name: string, classes: Classes): boolean {
  return classes.has(name) && classes.get(name) === registered()[name]?.[0];
}

/** Returns a model's layers and those of the models in it. */
export function layersOf({ layers }: { layers: Layer[] }): Layer[] {
  return layers.flatMap((layer) => ('layers' in layer ? [layer, ...layersOf(layer as never)] : [layer]));
}

/** A topology has the names of activations as Keras writes them. */
function toCamelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function registered(): Record<string, [unknown, unknown]> {
  const { classNameMap } = tensorflow().serialization.SerializationMap.getMap();
  return classNameMap as unknown as Record<string, [unknown, unknown]>;
}
