// Responses in the format of AWS's JSON services.
import { randomUUID } from 'node:crypto';

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
}

export const jsonType = { 'content-type': 'application/x-amz-json-1.1' };

export function json(value: object): Answer {
  return { status: 200, headers: jsonType, body: JSON.stringify(value) };
}

/** Returns an error in the format of AWS's JSON services. */
export function refuse(type: string, message: string, status = 400): Answer {
  return {
    status,
    headers: { ...jsonType, 'x-amzn-errortype': type, 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify({ __type: type, message, Message: message }),
  };
}
