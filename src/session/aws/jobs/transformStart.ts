// Checks a request for a batch transform and starts it: parts, instances, model artifact and image.
import { describePassedOver, noData, reasonToPassOver } from '../../../platform/dataFiles';
import { UserError } from '../../../platform/errors';
import { checkName, uniqueName } from '../../contract/names';
import type { TransformJob, TransformRequest } from '../../contract/session';
import { inOrder, typeOfParts } from '../../contract/transform/parts';
import type { AwsContext } from '../account/context';
import { takenName } from '../account/errors';
import { expectRole } from '../account/identity';
import { machinesOf } from '../account/instances';
import { expectArtifact, sizesBelow } from '../storage/objects';
import { checkRecords } from './transformCheck';
import { createTransform, outputUri, writeManifest } from './transformCreate';
import { openTransformJob } from './transformJob';
import { keyOf, type TransformPlan, writePlan } from './transformPlan';
import { findTransform } from './transformState';

const defaultRuntimeMinutes = 60;
const mostInstances = 100;
/** Shorter than SageMaker's limit, which leaves room for the number of a resumed job. */
const longestName = 59;

/** Starts a batch transform. @param findImage returns the image's URI in ECR; called after all other checks */
export async function startTransformJob(
  context: AwsContext,
  request: TransformRequest,
  findImage: () => Promise<string>,
): Promise<TransformJob> {
  const { name = uniqueName(), modelArtifact, column, instanceCount = 1 } = request;
  checkName(name);
  if (name.length > longestName) {
    throw new UserError(
      `The name "${name}" is too long for a batch transform: use at most ${longestName} characters.`,
    );
  }
  expectRole(context.place);
  const { input, parts, passedOver } = await findParts(context, request.input.uri);
  const type = typeOfParts(parts, column);
  checkCount(instanceCount, parts.length);
  await expectArtifact(context, modelArtifact);
  if (await findTransform(context, name)) throw takenName(name, 'attachTransformJob');
  const maxRuntimeMinutes = checkMinutes(request.maxRuntimeMinutes ?? defaultRuntimeMinutes);
  await checkRecords(context, { input, parts, type, modelArtifact, ...(column !== undefined && { column }) });
  const plan: TransformPlan = {
    input,
    parts,
    type,
    ...(column !== undefined && { column }),
    image: await findImage(),
    modelArtifact,
    instanceType: request.instanceType ?? machinesOf(context.options).transform,
    instanceCount,
    maxRuntimeMinutes,
  };
  await createTransform(context, name, plan, async () => {
    await writePlan(context, name, plan);
    const output = outputUri(context, name);
    if (passedOver.length === 0) return { S3DataType: 'S3Prefix', S3Uri: input, output };
    const manifest = await writeManifest(context, name, { times: 0, input, parts });
    return { S3DataType: 'ManifestFile', S3Uri: manifest, output };
  });
  return await openTransformJob(context, name);
}

interface Parts {
  /** s3://… with a slash at its end. */
  input: string;
  parts: string[];
  passedOver: string[];
}

async function findParts(context: AwsContext, uri: string): Promise<Parts> {
  if (!uri.startsWith('s3://')) {
    throw new UserError(`The input is not in S3: ${uri}. Upload it with this session.`);
  }
  const input = uri.endsWith('/') ? uri : `${uri}/`;
  const folder = keyOf(context, input);
  const parts: string[] = [];
  const passedOver: string[] = [];
  for (const [key, bytes] of await sizesBelow(context, folder)) {
    const part = key.slice(folder.length);
    // S3's console creates an empty object for a folder.
    if (part === '' || part.endsWith('/')) continue;
    const reason = reasonToPassOver(part, bytes);
    if (reason === undefined) parts.push(part);
    else passedOver.push(reason);
  }
  if (parts.length === 0 && passedOver.length > 0) throw noData(input, passedOver);
  if (passedOver.length > 0) context.tell(`${input}: ${describePassedOver(passedOver)}`);
  return { input, parts: inOrder(parts), passedOver };
}

function checkCount(count: number, parts: number): void {
  if (!Number.isInteger(count) || count < 1 || count > mostInstances) {
    throw new UserError(`instanceCount is ${count}. It must be a whole number from 1 to ${mostInstances}.`);
  }
  if (count <= parts) return;
  throw new UserError(
    `instanceCount is ${count}, but the input has only ${parts} parts, and instances without a part are billed as well. ` +
      'Write more parts, or use fewer instances.',
  );
}

function checkMinutes(minutes: number): number {
  if (Number.isFinite(minutes) && minutes > 0) return minutes;
  throw new UserError(`maxRuntimeMinutes is ${minutes}. It must be a number above 0.`);
}
