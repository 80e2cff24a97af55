import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableHtml } from './display';

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

test('tableHtml() shows markup in a headline as text', () => {
  const html = tableHtml([{ title: '<script>alert("1 & 2")</script>' }]);
  assert.doesNotMatch(html, /<script/);
  assert.match(html, /&lt;script>alert\(&quot;1 &amp; 2&quot;\)&lt;\/script>/);
});

test('tableHtml() of no rows is an empty table', () => {
  assert.match(tableHtml([]), /<tr><\/tr>/);
});
