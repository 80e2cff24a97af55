// Requests of EventBridge Scheduler, whose operations are methods and paths.
import type { Input } from '../services/service';

const operations: Readonly<Record<string, string>> = {
  'POST /schedules/': 'CreateSchedule',
  'PUT /schedules/': 'UpdateSchedule',
  'GET /schedules/': 'GetSchedule',
  'DELETE /schedules/': 'DeleteSchedule',
  'GET /schedules': 'ListSchedules',
};

/** Returns the name of the operation, such as `Scheduler.CreateSchedule`; undefined for a request to another service. */
export function scheduleOperationOf(method: string, path: string): string | undefined {
  const operation = operations[`${method} ${path.replace(/^(\/schedules\/)[^/]+$/, '$1')}`];
  return operation && `Scheduler.${operation}`;
}

/** Members of an input whose name in an address is another one. */
const inAddress: Readonly<Record<string, string>> = {
  clientToken: 'ClientToken',
  groupName: 'GroupName',
  ScheduleGroup: 'GroupName',
};

/** Returns the operation's input: the body, and what the address says. */
export function scheduleInput(url: string, body: Input): Input {
  const { pathname, searchParams } = new URL(url, 'http://scheduler');
  const [, , name] = pathname.split('/');
  const asked = [...searchParams].map(([key, value]) => [inAddress[key] ?? key, value]);
  return { ...body, ...Object.fromEntries(asked), ...(name && { Name: decodeURIComponent(name) }) };
}
