// IAM's decision about each request to the stand-in for AWS, for tests of policies. Used by tests only.
import { execFileSync } from 'node:child_process';
import { serviceProgram } from '../rehearsal/moto';
import { type Need, needsOf, refusal } from '../rehearsal/permissions';
import type { LocalAws } from './aws';

type OneOrMore = string | string[];

export interface Statement {
  Effect: 'Allow' | 'Deny';
  Action?: OneOrMore;
  Resource?: OneOrMore;
  NotResource?: OneOrMore;
  Condition?: Record<string, Record<string, OneOrMore>>;
}

export interface PolicyDocument {
  Statement: Statement[];
}

/** Reads a policy that AWS manages from moto's copy. */
export function managedPolicy(name: string): PolicyDocument {
  const program =
    'import json, sys; from moto.iam.aws_managed_policies import aws_managed_policies_data as d; ' +
    'print(json.dumps(json.loads(d)[sys.argv[1]]["Document"]))';
  return JSON.parse(execFileSync(serviceProgram('python'), ['-c', program, name], { encoding: 'utf8' }));
}

/** Returns whether policies allow what a request needs. */
export function allows(policies: readonly PolicyDocument[], need: Need): boolean {
  const matching = policies.flatMap(({ Statement }) => Statement).filter((one) => applies(one, need));
  return matching.length > 0 && matching.every(({ Effect }) => Effect === 'Allow');
}

function applies(
  { Action = '*', Resource, NotResource, Condition = {} }: Statement,
  { action, resource, context = {} }: Need,
): boolean {
  const isNamed = NotResource ? !matchesOne(NotResource, resource) : matchesOne(Resource ?? '*', resource);
  return (
    matchesOne(Action, action) &&
    isNamed &&
    Object.entries(Condition).every(([operator, keys]) =>
      Object.entries(keys).every(([key, values]) => holds(operator, values, context[key])),
    )
  );
}

function holds(operator: string, values: OneOrMore, given: string | undefined): boolean {
  if (operator === 'Null') return [values].flat().includes(String(given === undefined));
  if (operator === 'StringLike') return given !== undefined && matchesOne(values, given);
  if (operator === 'StringEquals') return given !== undefined && [values].flat().includes(given);
  // Conditions on what no request of the workshop has, such as the owner of a space.
  return false;
}

function matchesOne(patterns: OneOrMore, text: string): boolean {
  return [patterns].flat().some((pattern) => {
    const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`, 's').test(text);
  });
}

/** Denies what the policies do not allow, and returns the actions that were denied. */
export function enforce(aws: LocalAws, policies: readonly PolicyDocument[]): Set<string> {
  const denied = new Set<string>();
  aws.authorize = (asked) => {
    const lacking = needsOf(asked, aws.rehearsal.account).find((need) => !allows(policies, need));
    if (!lacking) return undefined;
    denied.add(lacking.action);
    return refusal(lacking);
  };
  return denied;
}
