import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import test, { type TestContext } from 'node:test';
import { atEnd, setEnvironment, userError } from '../../../testing/folders';
import { openBudget } from './budget';
import { createClients } from './clients';

const cost = {
  purpose: 'The job',
  instanceType: 'ml.c5.2xlarge',
  component: 'Training',
  minutes: 30,
} as const;

/** A product in the price list's own format. */
function product(...prices: { unit: string; usd: string }[]): string {
  const priceDimensions = Object.fromEntries(
    prices.map(({ unit, usd }, index) => [`d${index}`, { unit, pricePerUnit: { USD: usd } }]),
  );
  return JSON.stringify({ product: { sku: 'X' }, terms: { OnDemand: { 'X.Y': { priceDimensions } } } });
}

/** A price list that answers so, and what it was asked. */
async function startPriceList(t: TestContext, answer: () => { status: number; body: object }) {
  const asked: { ServiceCode: string; Filters: { Field: string; Value: string }[] }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    asked.push(JSON.parse(body));
    const { status, body: said } = answer();
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(said));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  atEnd(t, () => {
    server.closeAllConnections();
    server.close();
  });
  setEnvironment(t, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
  });
  return asked;
}

function budget(dollars: number, { allowUnknown = false, told = [] as string[] } = {}) {
  return openBudget(createClients('eu-west-1'), 'eu-west-1', { dollars, allowUnknown }, (line) =>
    told.push(line),
  );
}

const listed = () => ({
  status: 200,
  body: { PriceList: [product({ unit: 'Hrs', usd: '0.5' }), product({ unit: 'Hrs', usd: '0.4' })] },
});

test('the price is asked of the list for region, machine and use, once, and the dearest counts', async (t) => {
  const asked = await startPriceList(t, listed);
  const told: string[] = [];
  const mine = budget(1, { told });
  await mine.reserve(cost);
  await mine.reserve({ ...cost, purpose: 'Another' });
  assert.equal(asked.length, 1);
  assert.equal(asked[0]?.ServiceCode, 'AmazonSageMaker');
  const filters = Object.fromEntries(asked[0]?.Filters.map(({ Field, Value }) => [Field, Value]) ?? []);
  assert.deepEqual(filters, {
    regionCode: 'eu-west-1',
    instanceName: 'ml.c5.2xlarge',
    component: 'Training',
  });
  assert.match(
    told[1] ?? '',
    /^The job costs \$0\.5000 an hour .*at most \$0\.2500 for 30 minutes.*\$0\.7500/,
  );
});

test('what does not fit the budget is refused with the line that allows it', async (t) => {
  await startPriceList(t, listed);
  await assert.rejects(
    budget(0).reserve(cost),
    userError(
      'at most $0.2500',
      'session’s budget is $0.00',
      'openSession({ budget: 0.25 })',
      'BUDGET_USD=0.25',
    ),
  );
  const mine = budget(0.6);
  const next = (purpose: string) => mine.reserve({ ...cost, purpose });
  await next('One');
  await next('Two');
  await assert.rejects(
    next('Three'),
    userError('$0.5000 of it is spent or reserved', 'openSession({ budget: 0.75 })'),
  );
  // Six minutes at $0.50 an hour.
  mine.settle('Two', 360);
  await next('Three');
  await assert.rejects(next('Four'), userError('$0.5500 of it is spent or reserved'));
  mine.settle('Three');
  await next('Four');
});

test('what replaces a reservation goes on under its purpose, and is counted once', async (t) => {
  await startPriceList(t, listed);
  const mine = budget(0.6);
  await mine.reserve({ ...cost, purpose: 'Old' });
  await mine.reserve({ ...cost, purpose: 'New' });
  mine.replace('Old', 'New');
  await assert.rejects(mine.reserve({ ...cost, purpose: 'Other', minutes: 60 }), userError('$0.2500 of it'));
  await mine.reserve({ ...cost, purpose: 'Old' });
  await assert.rejects(mine.reserve({ ...cost, purpose: 'Other', minutes: 60 }), userError('$0.2500 of it'));
  mine.settle('Old');
  await mine.reserve({ ...cost, purpose: 'Other', minutes: 60 });
});

for (const [what, answer] of [
  ['does not list the machine', { status: 200, body: { PriceList: [] } }],
  ['has no hourly price', { status: 200, body: { PriceList: [product({ unit: 'GB', usd: '9' })] } }],
] as const) {
  test(`where the price list ${what}, the price is unknown and needs a word of its own`, async (t) => {
    await startPriceList(t, () => answer);
    await assert.rejects(
      budget(1000).reserve(cost),
      userError(
        'The price of ml.c5.2xlarge in eu-west-1 is unknown',
        "unknownPrice: 'allow'",
        'UNKNOWN_PRICE=allow',
      ),
    );
    const told: string[] = [];
    await budget(1, { allowUnknown: true, told }).reserve(cost);
    assert.match(told[0] ?? '', /at an unknown price, which you have allowed/);
    await assert.rejects(
      budget(0, { allowUnknown: true }).reserve(cost),
      userError('The budget is $0.00', 'its price is unknown', 'BUDGET_USD'),
    );
  });
}

for (const [what, answer] of [
  ['may not be read', { status: 400, body: { __type: 'AccessDeniedException' } }],
  ['answers nonsense', { status: 200, body: { PriceList: ['{'] } }],
] as const) {
  test(`where the price list ${what}, a dated table with a margin stands in, and the session says so`, async (t) => {
    await startPriceList(t, () => answer);
    const told: string[] = [];
    const mine = budget(1, { told });
    await mine.reserve(cost);
    await mine.reserve({ ...cost, purpose: 'Another' });
    assert.deepEqual(
      told.map((sentence) => sentence.split(' ')[0]),
      ['AWS’s', 'Prices', 'The', 'Another'],
    );
    assert.match(told[0] ?? '', /cannot be read.*pricing:GetProducts.*table of 20\d\d-\d\d-\d\d.*plus 75%/);
    assert.match(told[2] ?? '', /^The job costs \$0\.7140 an hour/);
    assert.match(told[1] ?? '', /leave out.*volumes.*alarms.*checkpoints.*cleanUp\(\{ data: true \}\)/);
    assert.equal(await mine.pricePerHour('serverless 2048 MB', 'Serverless'), 3600 * 2 * 0.00002 * 1.75);
    assert.equal(await mine.pricePerHour('ml.rare.large', 'Hosting'), 'unknown');
  });
}
