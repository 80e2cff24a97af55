import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barChart } from './charts';
import { drawing, withoutHtml } from './display';
import { type Figure, plotlyType, series } from './figure';
import { tableHtml } from './table';

test('tableHtml() draws objects with their keys as columns', () => {
  const html = tableHtml([
    { name: 'one', rows: 12 },
    { name: 'two', rows: 0.98765 },
  ]);
  assert.match(html, /<th[^>]*>name<\/th><th[^>]*>rows<\/th>/);
  assert.match(html, /<td[^>]*>one<\/td><td[^>]*>12<\/td>/);
  assert.match(html, />0\.988<\/td>/);
});

test('tableHtml() draws a frame with its columns', () => {
  const html = tableHtml({ columns: ['category', 'id_count'], values: [['Health', 3]] });
  assert.match(html, /<th[^>]*>category<\/th><th[^>]*>id_count<\/th>/);
  assert.match(html, /<td[^>]*>Health<\/td><td[^>]*>3<\/td>/);
});

test('tableHtml() aligns a column at the right if it holds numbers alone, as such or as text', () => {
  const html = tableHtml([
    { number: 1, share: '12.5%', dollars: '$1,200.50', mixed: 1, hash: '40ade9' },
    { number: 0.25, share: undefined, dollars: '−$3', mixed: 'none', hash: '40' },
  ]);
  const aligned = [...html.matchAll(/<th style="[^"]*text-align: (\w+)">(\w+)/g)].map(([, side, name]) => [
    name,
    side,
  ]);
  const sides = { number: 'right', share: 'right', dollars: 'right', mixed: 'left', hash: 'left' };
  assert.deepEqual(Object.fromEntries(aligned), sides);
});

test('tableHtml() shows markup in a headline as text', () => {
  const html = tableHtml([{ title: '<script>alert("1 & 2")</script>' }]);
  assert.doesNotMatch(html, /<script/);
  assert.match(html, /&lt;script>alert\(&quot;1 &amp; 2&quot;\)&lt;\/script>/);
});

test('tableHtml() puts each value under its key, whatever the order and number of keys in a row', () => {
  const html = tableHtml([
    { name: 'one', rows: 1 },
    { rows: 2, name: 'two', more: { a: 1 } },
    Object.assign(Object.create(null), { name: null }),
  ]);
  const cells = html
    .split('<tbody>')[1]
    ?.split('</tr>')
    .map((row) => [...row.matchAll(/>([^<]*)<\/td>/g)]);
  assert.deepEqual(
    cells?.slice(0, 3).map((row) => row.map(([, text]) => text)),
    [
      ['one', '1', ''],
      ['two', '2', '{ a: 1 }'],
      ['', '', ''],
    ],
  );
});

test('tableHtml() of no rows is an empty table', () => {
  assert.match(tableHtml([]), /<tr><\/tr>/);
});

test('drawing() contains a figure for Plotly, a table for HTML, and alternative text', () => {
  const figure = barChart([['<b>', 5]], { title: 'One & two', x: 'rows', y: 'label' });
  const { [plotlyType]: forPlotly, 'text/html': html, 'text/plain': text } = drawing(figure);
  assert.deepEqual((forPlotly as typeof figure).data[0]?.y, ['&lt;b&gt;'], 'a label is no markup');
  assert.deepEqual((forPlotly as typeof figure).layout, figure.layout);
  assert.match(String(html), /^<p><b>One &amp; two<\/b><\/p>.*<table>.*&lt;b>.*>5<\/td>/s);
  assert.match(String(text), /^Chart: One & two\. /);
});

test('drawing() does not let the table of a large figure grow', () => {
  const bars = Array.from({ length: 1000 }, (_, row) => [`label ${row}`, row] as const);
  const html = String(drawing(barChart(bars, { title: 'Many', x: '', y: '' }))['text/html']);
  assert.equal(html.match(/<tr>/g)?.length, 21);
  assert.match(html, /<p>… and 980 rows more<\/p>$/);
});

test('drawing() puts the look of all charts beneath the settings of a figure of the reader’s own', () => {
  const own = { data: [], layout: { colorway: ['red'], title: { text: 'Own' } } };
  for (const figure of [own, barChart([['a', 5]], { title: 'Helper’s', x: '', y: '' })]) {
    const { template, ...layout } = (drawing(figure)[plotlyType] as Figure).layout;
    assert.deepEqual(template?.layout?.colorway, [...series]);
    assert.deepEqual(layout.colorway, figure === own ? ['red'] : undefined);
  }
});

test('drawing() takes a figure without a title, and one of a kind that has no table', () => {
  const bundle = drawing({ data: [{ type: 'pie', values: [1, 2] }], layout: {} });
  assert.equal(bundle['text/plain'], 'Chart.');
});

test('Markdown shows HTML as text, in code and outside, and leaves comparisons as they are', () => {
  for (const [markdown, shown] of [
    ['**a** <img src=x onerror=go()> </p>', '**a** &lt;img src=x onerror=go()> &lt;/p>'],
    ['<!-- c --> <?x?> <SCRIPT>', '&lt;!-- c --> &lt;?x?> &lt;SCRIPT>'],
    ['1 < 2, <3 and `a < b`', '1 < 2, <3 and `a < b`'],
    ['`<b>` and ``a ` <i>``', '`<\u2060b>` and ``a ` <\u2060i>``'],
    // No code to a renderer: an escaped backtick, another paragraph, another item of a list, another cell of a table.
    ['\\`<b>`', '\\`<\u2060b>`'],
    ['`a\n\n<b>`', '`a\n\n<\u2060b>`'],
    ['an open ` <b>', 'an open ` &lt;b>'],
  ] as const) {
    assert.equal(withoutHtml(markdown), shown);
  }
});

test('Markdown shows links that may run a script as text, and leaves other links as they are', () => {
  for (const address of [
    'javascript:go()',
    ' JavaScript:go()',
    '\njavascript:go()',
    'vbscript:go',
    'data:text/html,<b>',
    '&#106;avascript:go()',
    'java&Tab;script:go()',
    'j\\avascript:go()',
    '\u0001javascript:go()',
    '<javascript:go()>',
  ]) {
    for (const start of ['[a](', '![a](', '`[a](', '[a]:', '[b][a]\n\n[a]: ']) {
      assert.match(withoutHtml(`${start}${address})`), /\[a\]\u2060[(:]/, start + address);
    }
  }
  for (const markdown of [
    '[a](https://example.org/a?b=c&d "title") and [b](HTTP://example.org)',
    '[a](mailto:a@example.org) [b](../docs/aws.md#costs) ![c](words.png) [d](#e)',
    '[a][b]\n\n[b]: https://example.org:80/',
    'labels[0]: 12 rows, [a] (b: c), (a)[b]',
  ]) {
    assert.equal(withoutHtml(markdown), markdown);
  }
});
