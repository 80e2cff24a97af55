// Categories, headlines and publishers that try to run a script wherever the notebook shows them: in the exported page,
// and in the chart that Plotly draws there.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import * as kernel from 'tslab/dist/jupyter';
import type { Headline } from '../data/headlines';
import * as workshop from '../index';
import { openChromium, whyNoChromium } from '../jupyter/chromium';
import { jsonInScript, writeHtml } from '../jupyter/html';
import { python } from '../jupyter/run';
import { describeError, UserError } from '../platform/errors';
import { atEnd, createNotebook, temporaryFolder } from '../testing/folders';
import type { Figure } from './figure';
import { progressBar } from './progressBar';

const script = 'globalThis.ran = (globalThis.ran ?? 0) + 1';
const hostile = [
  `</script><script>${script}</script>`,
  `</SCRIPT ><ScRiPt>${script}</sCrIpT>`,
  `<!--<script>${script}`,
  `<img src=x onerror="${script}">`,
  `"><svg onload="${script}">`,
  `' onmouseover='${script}`,
  `\`<iframe srcdoc="<script>parent.${script}</script>">`,
  `<a href="javascript:${script}">click</a>`,
  `[click](javascript:${script}) <javascript:${script}>`,
  '[click](javascript:globalThis.ran=1)',
  '[click](JavaScript:globalThis.ran=1) ![image](javascript:globalThis.ran=1)',
  '[click](&#106;avascript:globalThis.ran=1)',
  '[click](data:text/html;base64,PHNjcmlwdD4=)',
  '[click][to]\n\n[to]: javascript:globalThis.ran=1',
  `\u2028${script}\u2029//`,
  `]]></style></title></textarea><script>${script}</script>`,
  `<b style="background:url(javascript:${script})">&lt;script&gt;</b>`,
  `\\\`<img src=x onerror="${script}">\\\``,
  `\`\n\n<img src=x onerror="${script}">\n\n\``,
  `\`\n- <img src=x onerror="${script}"> \``,
  `a | b\n--|--\n\` | <img src=x onerror="${script}"> | \``,
];

const headlines: Headline[] = Array.from({ length: 96 }, (_, row) => {
  const text = hostile[row % hostile.length] as string;
  const category = hostile[row % 5] as string;
  const story = `story ${row % 9}`;
  const at = Date.UTC(2014, 2, 10 + (row % 5), row % 24);
  return {
    id: `${row}`,
    title: `${text} ${row}`,
    url: '',
    publisher: text,
    category,
    story,
    hostname: text,
    timestamp: at,
  };
});
const labels = [...new Set(headlines.map(({ category }) => category))];

/** What the functions that draw under a cell put there, as a notebook keeps it. */
async function outputsOf(t: TestContext, write: () => Promise<void>): Promise<object[]> {
  const outputs: object[] = [];
  const before = kernel.lastWriteDisplayData;
  const module = kernel as { lastWriteDisplayData: unknown };
  atEnd(t, () => {
    module.lastWriteDisplayData = before;
  });
  module.lastWriteDisplayData = ({ data }: { data: object }) => {
    outputs.push({ output_type: 'display_data', data, metadata: {} });
  };
  await write();
  return outputs;
}

async function showEverything(): Promise<void> {
  const titles = headlines.map(({ title }) => title);
  const expected = headlines.map(({ category }) => category);
  const probabilities = Object.fromEntries(labels.map((label) => [label, 1 / labels.length]));
  const predictions = headlines.map((_, row) => ({ result: labels[row % 5] as string, probabilities }));
  const predicted = predictions.map(({ result }) => result);
  const evaluation = workshop.evaluate(expected, predicted, { rounds: 20 } as never);
  const [text = '', other = ''] = hostile;
  const titled = { title: 'Title', x: 'x', y: 'y' };
  const figures: Figure[] = [
    workshop.publisherChart(headlines),
    workshop.storySizeChart(headlines),
    workshop.tellingWordsChart(workshop.tellingWords(headlines)),
    workshop.tellingWordsChart(
      hostile.map((word, row) => ({
        category: labels[row % 5] as string,
        word,
        score: row + 1,
        uses: 3,
        usesElsewhere: 1,
        example: word,
      })),
    ),
    workshop.nearestTitlesChart({
      [text]: hostile.map((title) => ({ title, nearest: title, similarity: 0.5, sameStory: false })),
    }),
    workshop.barChart(
      hostile.map((label, value) => [label, value + 1, [label, label]]),
      titled,
    ),
    workshop.lineChart([{ name: text, x: [1, 2], y: [1, 2], hover: [text, other] }], titled),
    workshop.dotChart(
      hostile.map((name, row) => ({ name, x: [row], y: [row], hover: [name] })),
      titled,
    ),
    workshop.confusionMatrix(evaluation),
    workshop.scoresChart(evaluation),
  ];
  for (const figure of figures) workshop.show(figure);
  workshop.showTable(headlines);
  workshop.showTable({ columns: hostile, values: [hostile] });
  workshop.showTable(evaluation.byLabel);
  workshop.showPredictions(titles, predictions, expected);
  workshop.showExplanation({
    label: text,
    probability: 0.5,
    parts: hostile.map((part, row) => ({ text: part, contribution: row % 3 === 0 ? 0 : 0.1, without: 0.4 })),
  } as never);
  for (const words of hostile) {
    workshop.say(`**${words}** ${words}`);
    await workshop.orSay(Promise.reject(new UserError(`Line 3 has category ${words}.`)));
  }
}

test('no script of a file runs in the exported page, in whichever function shows it', {
  skip: whyNoChromium(),
  timeout: 180_000,
}, async (t) => {
  const outputs = await outputsOf(t, showEverything);
  outputs.push({ output_type: 'display_data', data: progressBar(0.5, hostile.join(' ')), metadata: {} });
  outputs.push({ output_type: 'stream', name: 'stdout', text: hostile.join('\n') });
  const error = { output_type: 'error', ename: 'Error', evalue: hostile[0], traceback: hostile };
  outputs.push(error, {
    output_type: 'execute_result',
    execution_count: 1,
    metadata: {},
    data: { 'text/plain': describeError(hostile.join()) },
  });
  const notebook = createNotebook([
    { cell_type: 'code', source: hostile.map((one) => `// ${one}`).join('\n') },
  ]);
  const [cell] = notebook.cells as { outputs?: object[] }[];
  if (cell) cell.outputs = outputs;
  const path = join(await temporaryFolder(t), `<img src=x onerror=${'globalThis.ran=1'}>.html`);
  await writeHtml(notebook as never, path, python);

  const browser = await openChromium();
  atEnd(t, () => browser.close());
  const page = await (await browser.newContext({ offline: true })).newPage();
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('dialog', (dialog) => void dialog.dismiss());
  await page.goto(pathToFileURL(path).href);
  const charts = page.locator('.js-plotly-plot');
  await charts.nth(9).waitFor();
  for (const chart of await charts.all()) {
    for (const mark of (await chart.locator('.point path, .points path').all()).slice(0, 3)) {
      await mark.hover({ force: true, timeout: 5000 }).catch(() => undefined);
    }
  }
  const found = await page.evaluate(() => {
    // In the browser: nothing of this file is there but what stands in this function.
    interface Page {
      ran?: number;
      document: { querySelectorAll(selector: string): Iterable<{ outerHTML: string }> };
    }
    const { ran = 0, document } = globalThis as unknown as Page;
    const addresses = ['a[href^="javascript" i]', 'img[src^="javascript" i]', 'a[href^="data" i]'].join();
    const selector = `[onerror], [onload], [onmouseover], iframe, ${addresses}, svg.main-svg a`;
    return {
      ran,
      elements: [...document.querySelectorAll(selector)].map(({ outerHTML }) => outerHTML.slice(0, 200)),
    };
  });
  assert.deepEqual({ ...found, errors }, { ran: 0, elements: [], errors: [] });
  // Labels are shown as they stand in the file.
  const shown = await charts.first().locator('.ytick text, .xtick text').allTextContents();
  for (const label of labels) assert.ok(shown.includes(label), `${label} is not among ${shown.join('\n')}`);
});

test('JSON in a script element is the same value, and holds nothing that ends or escapes the element', () => {
  for (const text of hostile) {
    const inlined = jsonInScript({ [text]: [text] });
    assert.deepEqual(JSON.parse(inlined), { [text]: [text] });
    assert.doesNotMatch(inlined, /[<\u2028\u2029]/);
  }
});
