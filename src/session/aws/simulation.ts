// Asks IAM to simulate whether an identity has the permissions of a policy on the resources that the workshop will use.
import { type ContextEntry, type IAMClient, paginateSimulatePrincipalPolicy } from '@aws-sdk/client-iam';
import { namePrefix } from '../contract/names';
import { projectTag } from './account/context';
import type { Place } from './account/identity';
import { arnTypes } from './account/tags';
import type { Policy } from './policies';

/** Returns the policy's actions that the identity lacks. Rejects without permission to simulate. */
export async function findMissing(
  iam: IAMClient,
  PolicySourceArn: string,
  policy: Policy,
  place: Place & { bucket: string },
): Promise<string[]> {
  const fill = filler(place);
  const missing = await Promise.all(
    policy.Statement.map(async ({ Action, Resource, Condition = {} }) => {
      const ResourceArns = [Resource].flat().flatMap(fill);
      const lacking = new Set<string>();
      for (const ContextEntries of contextsOf(Condition)) {
        const allowed = new Set<string>();
        const pages = paginateSimulatePrincipalPolicy(
          { client: iam },
          {
            PolicySourceArn,
            ActionNames: Action,
            ...(Resource !== '*' && { ResourceArns }),
            ContextEntries,
          },
        );
        for await (const { EvaluationResults = [] } of pages) {
          for (const {
            EvalActionName = '',
            EvalDecision,
            ResourceSpecificResults = [],
          } of EvaluationResults) {
            // An action applies to one kind of resource, and IAM denies it for all others.
            const decisions = [
              EvalDecision,
              ...ResourceSpecificResults.map((one) => one.EvalResourceDecision),
            ];
            if (decisions.includes('allowed')) allowed.add(EvalActionName);
          }
        }
        for (const action of Action) if (!allowed.has(action)) lacking.add(action);
      }
      return [...lacking];
    }),
  );
  return missing.flat();
}

/** Returns a function that replaces a policy's patterns with names that the workshop will use. */
function filler({ account, region, identity, role, bucket }: Place & { bucket: string }) {
  const partition = identity.split(':')[1] ?? 'aws';
  const roleName = role?.value.split(':role/')[1] ?? '';
  return (pattern: string) =>
    typesIn(pattern).map((one) =>
      one
        .replace('PARTITION', partition)
        .replace('sagemaker-REGION-ACCOUNT', bucket)
        .replace('REGION', region.value)
        .replace('ACCOUNT', account)
        .replace('ROLE', roleName)
        .replaceAll('*', 'preflight'),
    );
}

/** Returns a pattern for all of SageMaker's resources as one for each type. */
function typesIn(pattern: string): string[] {
  const [, start, name = `/${namePrefix}-*`] =
    /^(.+:sagemaker:REGION:ACCOUNT:)\*(\/.+)?$/.exec(pattern) ?? [];
  return start ? Object.values(arnTypes).map((type) => start + type + name) : [pattern];
}

/** What every resource of the workshop has, for policies that go by tags. */
const tagged = ['aws:RequestTag', 'aws:ResourceTag'].map((kind) =>
  entryOf(`${kind}/${projectTag.Key}`, projectTag.Value),
);

function entryOf(ContextKeyName: string, value: string): ContextEntry {
  return { ContextKeyName, ContextKeyValues: [value], ContextKeyType: 'string' };
}

/** Returns the contexts to simulate: one for each combination of the values that a condition lists. */
function contextsOf(condition: NonNullable<Policy['Statement'][number]['Condition']>): ContextEntry[][] {
  return Object.values(condition)
    .flatMap((keys) => Object.entries(keys))
    .filter(([key]) => !tagged.some(({ ContextKeyName }) => ContextKeyName === key))
    .reduce<ContextEntry[][]>(
      (contexts, [key, values]) =>
        contexts.flatMap((context) =>
          // The pattern's own text would match it whatever the names that SageMaker uses.
          [values].flat().map((value) => [...context, entryOf(key, value.replace('*', 'TrainingJobs'))]),
        ),
      [tagged],
    );
}
