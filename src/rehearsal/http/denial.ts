// Refuses a request as IAM does.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Input } from '../services/service';
import type { Answer } from './answer';
import { inject, speaksJson } from './fault';
import { scheduleInput } from './schedule';

/** A request as IAM sees it. */
export interface Asked {
  /** Such as `SageMaker.CreateModel`; for S3 and services with forms, method and path. */
  operation: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  /** The fields of its JSON or form; empty for objects. */
  input: Input;
}

/** Returns AWS's message if the request is denied. */
export type Authorize = (asked: Asked) => string | undefined;

/** Reads what IAM looks at. */
export function readAsked(operation: string, { headers, url = '' }: IncomingMessage, body: Buffer): Asked {
  return {
    operation,
    query: new URLSearchParams(url.split('?')[1] ?? ''),
    headers,
    input: operation.startsWith('Scheduler.') ? scheduleInput(url, bodyOf(body)) : fieldsOf(headers, body),
  };
}

function fieldsOf(headers: IncomingHttpHeaders, body: Buffer): Input {
  const type = headers['content-type'] ?? '';
  if (type.startsWith('application/x-www-form-urlencoded')) {
    return Object.fromEntries(new URLSearchParams(body.toString()));
  }
  return headers['x-amz-target'] ? bodyOf(body) : {};
}

function bodyOf(body: Buffer): Input {
  return body.length > 0 ? JSON.parse(body.toString()) : {};
}

/** Returns the error of a denied request in the service's format. */
export function deny(message: string, request: IncomingMessage): Answer {
  const fault = speaksJson(request)
    ? { status: 400, type: 'AccessDeniedException', message }
    : { status: 403, type: 'AccessDenied', message };
  return inject(fault, request);
}
