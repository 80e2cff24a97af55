// Gives an endpoint an end that does not depend on this machine: a one-time schedule of EventBridge Scheduler deletes it.
import { createHash } from 'node:crypto';
import {
  CreateScheduleCommand,
  type CreateScheduleInput,
  DeleteScheduleCommand,
  GetScheduleCommand,
  paginateListSchedules,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { UserError } from '../../../platform/errors';
import { type AwsContext, ownerKey, projectTag } from '../account/context';
import { arnOfRole } from '../account/identity';
import type { LedgerEntry } from '../account/ledger';
import { collect, listEndpoints } from '../account/lists';
import { isGone, isTaken, unlessGone } from '../account/serviceErrors';

/** Start of the name of every schedule. */
export const schedulePrefix = 'sagemaker-workshop-';

const longestName = 64;

/** Default name of the role with which EventBridge Scheduler deletes endpoints. */
export const usualSwitchOffRole = 'sagemaker-workshop-switch-off';

/** Sooner, the endpoint may still be starting, when SageMaker does not delete it. */
const leastHours = 0.25;
const mostHours = 24 * 365;

/** Throws a {@link UserError} unless an endpoint may run for so many hours. */
export function checkHours(hours: number): void {
  if (hours >= leastHours && hours <= mostHours) return;
  throw new UserError(`hours is ${hours}. It must be a number from ${leastHours} to ${mostHours}.`);
}

/** The planned end of an endpoint. */
export interface PlannedEnd {
  ends: Date;
  modelArtifact: string;
}

/** Returns the name of an endpoint's schedule. */
export function scheduleName(endpoint: string): string {
  const name = schedulePrefix + endpoint;
  if (name.length <= longestName) return name;
  const hash = createHash('sha256').update(endpoint).digest('hex').slice(0, 16);
  return `${name.slice(0, longestName - hash.length - 1)}-${hash}`;
}

/** Schedules an endpoint's end, or moves it. Throws a {@link UserError} that names the permissions if it cannot. */
export async function armSwitchOff(context: AwsContext, name: string, planned: PlannedEnd): Promise<void> {
  const { ends } = planned;
  const role = await findRole(context);
  const schedule = describeSchedule(context, name, { ends, role });
  const { scheduler } = context.clients;
  const before = findPlannedEnd(context, name);
  recordPlannedEnd(context, name, planned);
  try {
    await scheduler.send(new CreateScheduleCommand(schedule)).catch(async (error) => {
      if ((error as Error).name !== 'ConflictException' && !isTaken(error)) throw error;
      await scheduler.send(new UpdateScheduleCommand(schedule));
    });
  } catch (error) {
    if (before) recordPlannedEnd(context, name, before);
    else context.recordEnd('schedule', name);
    throw new UserError(
      `The end of endpoint ${name} cannot be scheduled. ${(error as Error).message} It needs the permissions ` +
        `scheduler:CreateSchedule, scheduler:UpdateSchedule and iam:PassRole for ${role}, which EventBridge Scheduler must ` +
        'be allowed to assume (docs/aws.md).',
      { cause: error },
    );
  }
}

/** Writes to the ledger when an endpoint ends, and what it serves. */
export function recordPlannedEnd(
  context: AwsContext,
  name: string,
  { ends, modelArtifact }: PlannedEnd,
): void {
  context.recordCreation('schedule', name, { ends: ends.toISOString(), modelArtifact });
}

function describeSchedule(
  { place, tags }: AwsContext,
  name: string,
  { ends, role }: { ends: Date; role: string },
): CreateScheduleInput {
  return {
    Name: scheduleName(name),
    Description: describeOwner(tags),
    ScheduleExpression: `at(${ends.toISOString().slice(0, 19)})`,
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: {
      Arn: `arn:${place.identity.split(':')[1]}:scheduler:::aws-sdk:sagemaker:deleteEndpoint`,
      RoleArn: role,
      Input: JSON.stringify({ EndpointName: name }),
    },
  };
}

/** Returns the description of a session's schedules: they have no tags. */
export function describeOwner(tags: AwsContext['tags']): string {
  return `${projectTag.Value}, ${tags.find(({ Key }) => Key === ownerKey)?.Value}`;
}

/** Returns the ARN of the role with which EventBridge Scheduler deletes endpoints. */
async function findRole({ clients, place, options }: AwsContext): Promise<string> {
  const role = options.switchOffRole ?? (process.env.SWITCH_OFF_ROLE || usualSwitchOffRole);
  return await arnOfRole(clients, place.identity, role);
}

/** Deletes an endpoint's schedule. Does nothing if there is none. */
export async function disarmSwitchOff(context: AwsContext, name: string): Promise<void> {
  try {
    await context.clients.scheduler.send(new DeleteScheduleCommand({ Name: scheduleName(name) }));
  } catch (error) {
    // A user without permission to delete a schedule cannot have created one.
    if (!isGone(error) && (findPlannedEnd(context, name) || !(error instanceof UserError))) throw error;
  }
  context.recordEnd('schedule', name);
}

/** Returns the endpoints that are gone but have a schedule of this session's owner or ledger, with its creation. */
export async function listSpentSchedules(context: AwsContext): Promise<{ name: string; since: Date }[]> {
  const spent: { name: string; since: Date }[] = [];
  const found = await listSchedules(context);
  if (found.length === 0) return [];
  const inUse = new Set((await listEndpoints(context)).map(({ name }) => scheduleName(name)));
  for (const Name of found.filter((schedule) => !inUse.has(schedule))) {
    const command = new GetScheduleCommand({ Name });
    const schedule = await unlessGone(context.clients.scheduler.send(command));
    const { Description, Target, CreationDate = new Date() } = schedule ?? {};
    const { EndpointName: name } = JSON.parse(Target?.Input ?? '{}') as { EndpointName?: string };
    const isOurs = Description === describeOwner(context.tags);
    if (name && (isOurs || findPlannedEnd(context, name))) spent.push({ name, since: CreationDate });
  }
  return spent;
}

/** Returns the names of the workshop's schedules. A user without permission to list them cannot have created one. */
async function listSchedules({ clients, recorded }: AwsContext): Promise<string[]> {
  try {
    const pages = paginateListSchedules({ client: clients.scheduler }, { NamePrefix: schedulePrefix });
    return await collect(pages, ({ Schedules = [] }) => Schedules.flatMap(({ Name }) => Name ?? []));
  } catch (error) {
    if (!(error instanceof UserError) || recorded().some(({ kind }) => kind === 'schedule')) throw error;
    return [];
  }
}

/** Returns the planned end of an endpoint that the ledger has. */
export function findPlannedEnd(context: AwsContext, name: string): PlannedEnd | undefined {
  const isIts = (entry: LedgerEntry) => entry.kind === 'schedule' && entry.name === name;
  const { ends, modelArtifact } = context.recorded().find(isIts) ?? {};
  return ends && modelArtifact ? { ends: new Date(ends), modelArtifact } : undefined;
}

/** Returns the minutes to the planned end of an endpoint, rounded up; without one, those that the session plans. */
export function minutesAhead(context: AwsContext, name: string): number {
  const { ends } = findPlannedEnd(context, name) ?? {};
  const left = ends ? Math.ceil((ends.getTime() - Date.now()) / 60_000) : 0;
  return left > 0 ? left : 60 * (context.options.endpointHours ?? 1);
}

/** Returns a sentence about an endpoint that has ended as planned, with the line that deploys it again; else undefined. */
export function describeEnded(context: AwsContext, name: string): string | undefined {
  const planned = findPlannedEnd(context, name);
  if (!planned || planned.ends.getTime() > Date.now()) return undefined;
  return (
    `Endpoint ${name} was switched off at ${describeTime(planned.ends)}, as planned, and is not billed any more. To deploy ` +
    `it again: await session.deploy('${planned.modelArtifact}', { name: '${name}' }).`
  );
}

/** Returns a sentence about when an endpoint ends. */
export function describeEnd(name: string, ends: Date): string {
  const hours = Number(((ends.getTime() - Date.now()) / 3_600_000).toFixed(1));
  return (
    `Endpoint ${name} ends at ${describeTime(ends)}, in ${hours} ${hours === 1 ? 'hour' : 'hours'}: AWS deletes it then, whatever ` +
    'happens to this notebook. To move its end: await endpoint.extend(2), for two hours from now.'
  );
}

/** Returns a time such as `2026-11-30 14:05 UTC`. */
export function describeTime(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
