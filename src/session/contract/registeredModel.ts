// The model registry, as every session keeps it: versions of models in groups, each approved or not.
import { UserError } from '../../platform/errors';

/** SageMaker's ModelApprovalStatus. */
export type ApprovalStatus = 'PendingManualApproval' | 'Approved' | 'Rejected';

/** Options of `register()`. */
export interface RegisterOptions {
  /** Group whose next version it becomes: at most 63 letters, digits and hyphens. @default headlines-classifier */
  group?: string;
  /** A sentence on this version. @default none */
  description?: string;
}

/** A version of a model in the registry, as it was when it was read. */
export interface RegisteredModel {
  readonly group: string;
  /** Number in the group, from 1. */
  readonly version: number;
  readonly status: ApprovalStatus;
  /** Location of its model artifact. */
  readonly modelArtifact: string;
  readonly description?: string;
  /** Why it was approved or rejected. */
  readonly note?: string;
  /** Allows its deployment, and returns the version as it is then. @param note why */
  approve(note?: string): Promise<RegisteredModel>;
  /** Forbids its deployment, and returns the version as it is then. Endpoints that serve it stay. @param note why */
  reject(note?: string): Promise<RegisteredModel>;
  /** Deletes the version, and the group with its last one. The artifact and endpoints stay. */
  delete(): Promise<void>;
}

/** Group of a model without one. */
export const usualGroup = 'headlines-classifier';

/** Throws a {@link UserError} unless a version may be deployed. */
export function checkApproved({
  group,
  version,
  status,
}: Pick<RegisteredModel, 'group' | 'version' | 'status'>): void {
  if (status === 'Approved') return;
  const state = status === 'Rejected' ? 'was rejected' : 'has not been approved yet';
  throw new UserError(
    `Version ${version} of ${group} ${state}, so it is not deployed. To approve it: await model.approve('why').`,
  );
}

/** Returns the error for a version that does not exist. */
export function unknownVersion({ group, version }: Pick<RegisteredModel, 'group' | 'version'>): UserError {
  return new UserError(
    `There is no version ${version} of ${group}. It may have been deleted: await session.registeredModels('${group}') lists those that exist.`,
  );
}
