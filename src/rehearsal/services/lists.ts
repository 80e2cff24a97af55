// Answers to List operations: filters, order and pages.
import { invalid } from './service';

export interface ListInput {
  MaxResults?: number;
  NextToken?: string;
  NameContains?: string;
  StatusEquals?: string;
  SortOrder?: 'Ascending' | 'Descending';
}

interface Summary {
  name: string;
  status?: string;
  /** The resource's entry in the list. */
  shown: object;
}

/** SageMaker's default for MaxResults. */
const pageLength = 10;

/**
 * Returns one page.
 * @param listed oldest first
 * @param member of the response, such as `TrainingJobSummaries`
 */
export function listPage(listed: readonly Summary[], member: string, input: ListInput): object {
  const { MaxResults = pageLength, NextToken = '0', NameContains = '', StatusEquals, SortOrder } = input;
  const start = Number(NextToken);
  if (!Number.isSafeInteger(start)) throw invalid('Invalid NextToken.');
  const found = listed.filter(
    ({ name, status }) =>
      name.toLowerCase().includes(NameContains.toLowerCase()) &&
      (StatusEquals === undefined || status === StatusEquals),
  );
  if (SortOrder === 'Descending') found.reverse();
  const end = start + MaxResults;
  return {
    [member]: found.slice(start, end).map(({ shown }) => shown),
    ...(end < found.length && { NextToken: String(end) }),
  };
}
