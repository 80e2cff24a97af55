// Writes the policies to docs/aws/: as JSON, and into the template together with lifecycle.sh.
// After a change of policies.ts or lifecycle.sh: npm run policies
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from '../../platform/paths';
import { executionPolicy, fill, type Policy, switchOffPolicy, userPolicy } from './policies';

const folder = join(projectFolder, 'docs', 'aws');

export const policies: Readonly<Record<string, Policy>> = {
  'user-policy': userPolicy(),
  'execution-policy': executionPolicy(),
  'switch-off-policy': switchOffPolicy(),
};

/** The words in capitals, in CloudFormation's terms. */
const parameter = (name: string) => `\${AWS::${name}}`;
const names = { PARTITION: parameter('Partition'), ACCOUNT: parameter('AccountId') };
const region = parameter('Region');

/** Returns the files by their paths, as they must be. */
export function renderFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const [name, policy] of Object.entries(policies)) {
    files.set(join(folder, `${name}.json`), `${JSON.stringify(policy, null, 2)}\n`);
  }
  const template = join(folder, 'template.yaml');
  files.set(template, renderTemplate(readFileSync(template, 'utf8')));
  return files;
}

/** Fills the sections between "begin NAME" and "end NAME". */
export function renderTemplate(template: string): string {
  const section = /^( *)# begin ([\w-]+)\n.*?^ *# end \2$/gms;
  return template.replaceAll(section, (_, indent: string, name: string) => {
    const lines = (name === 'lifecycle' ? renderScript() : renderPolicy(name)).split('\n');
    const text = lines.map((line) => (line ? indent + line : line)).join('\n');
    return `${indent}# begin ${name}\n${text}\n${indent}# end ${name}`;
  });
}

/** JSON is YAML. */
function renderPolicy(name: string): string {
  const policy = policies[name];
  if (!policy) throw new Error(`There is no policy ${name}.`);
  const filled = fill(policy, {
    ...names,
    ROLE: `sagemaker-workshop-execution-${region}`,
    // This role is the same in all regions.
    REGION: name === 'switch-off-policy' ? '*' : region,
  });
  return JSON.stringify(filled, (key, value) => (key === 'Fn::Sub' ? value : substitute(value)), 2);
}

function substitute(value: unknown): unknown {
  return typeof value === 'string' && value.includes('{AWS::') ? { 'Fn::Sub': value } : value;
}

function renderScript(): string {
  const script = readFileSync(join(projectFolder, 'lifecycle.sh'), 'utf8').trimEnd().split('\n');
  return ['Text: |', ...script.map((line) => (line ? `  ${line}` : line))].join('\n');
}

if (require.main === module) for (const [path, text] of renderFiles()) writeFileSync(path, text);
