import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listPage } from './lists';

const jobs = Array.from({ length: 23 }, (_, index) => ({
  name: `Job-${index}`,
  status: index % 2 ? 'InProgress' : 'Completed',
  shown: { Name: `Job-${index}` },
}));

interface Page {
  Jobs: { Name: string }[];
  NextToken?: string;
}

function readAll(input: Parameters<typeof listPage>[2]): string[][] {
  const pages: string[][] = [];
  let NextToken: string | undefined;
  do {
    const page = listPage(jobs, 'Jobs', { ...input, ...(NextToken && { NextToken }) }) as Page;
    pages.push(page.Jobs.map(({ Name }) => Name));
    NextToken = page.NextToken;
  } while (NextToken);
  return pages;
}

test('a list comes in pages of ten, each resource once, and the last page has no token', () => {
  const pages = readAll({});
  assert.deepEqual(
    pages.map(({ length }) => length),
    [10, 10, 3],
  );
  assert.deepEqual(
    pages.flat(),
    jobs.map(({ name }) => name),
  );
});

test('a last page that is full has no token', () => {
  assert.deepEqual(
    readAll({ NameContains: 'JOB-1', MaxResults: 11 }).map(({ length }) => length),
    [11],
  );
});

test('status and order apply before pages', () => {
  const pages = readAll({ StatusEquals: 'InProgress', SortOrder: 'Descending', MaxResults: 5 });
  assert.deepEqual(
    pages.map(({ length }) => length),
    [5, 5, 1],
  );
  assert.deepEqual([pages[0]?.[0], pages.at(-1)?.[0]], ['Job-21', 'Job-1']);
});

test('a list without entries is an empty page', () => {
  assert.deepEqual(listPage([], 'Jobs', {}), { Jobs: [] });
});
