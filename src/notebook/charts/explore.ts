// Charts for looking at headlines. Each shows examples on hovering.
import type { PlotData } from 'plotly.js';
import { countBy, examplesBy } from '../../data/explore';
import type { Headline, LabelledTitle } from '../../data/headlines';
import type { TellingWord } from '../../data/tellingWords';
import { colourAt, type Figure, hoverText, withLayout } from '../../display/figure';
import { inPanels } from '../../display/panels';
import { percent } from '../../platform/format';

/**
 * Bars for the publishers with the most headlines, stacked by category.
 * @param count the number of publishers
 * @example
 * ```ts
 * workshop.show(workshop.publisherChart(news.headlines, 5));
 * ```
 */
export function publisherChart(headlines: readonly Headline[], count = 20): Figure {
  const publishers = countBy(headlines, ({ publisher }) => publisher).slice(0, count);
  const totals = new Map(publishers);
  const theirs = headlines.filter(({ publisher }) => totals.has(publisher));
  const both = ({ publisher, category }: Headline) => `${category}\n${publisher}`;
  const counts = new Map(countBy(theirs, both));
  const examples = examplesBy(theirs, both, { count: 2 });
  const traces = [...coloursOf(headlines)].map(([category, color]): Partial<PlotData> => {
    const of = publishers.map(([publisher, all]) => {
      const key = `${category}\n${publisher}`;
      const value = counts.get(key) ?? 0;
      const head = `${publisher}: ${value} about ${category} (${percent(value / all)})`;
      return { publisher, value, hover: hoverText(head, ...quoted(examples.get(key))) };
    });
    return {
      type: 'bar',
      orientation: 'h',
      name: category,
      x: of.map(({ value }) => value),
      y: of.map(({ publisher }) => publisher),
      hovertext: of.map(({ hover }) => hover),
      hoverinfo: 'text',
      marker: { color },
    };
  });
  const title = `The ${publishers.length} largest publishers, by category`;
  const figure = withLayout(traces, { title, x: 'headlines', y: '' });
  figure.layout.barmode = 'stack';
  figure.layout.yaxis = { ...figure.layout.yaxis, autorange: 'reversed', showgrid: false };
  figure.layout.height = 170 + 22 * publishers.length;
  return figure;
}

/**
 * Bars of the most distinctive words, in a panel for each category.
 * @param words the result of `tellingWords()`
 * @example
 * ```ts
 * workshop.show(workshop.tellingWordsChart(telling));
 * ```
 */
export function tellingWordsChart(words: readonly TellingWord[]): Figure {
  const categories = [...new Set(words.map(({ category }) => category))].sort();
  const most = Math.max(0, ...countBy(words, ({ category }) => category).map(([, count]) => count));
  const panels = categories.map((category, position) => {
    const of = words.filter((word) => word.category === category);
    const trace: Partial<PlotData> = {
      type: 'bar',
      orientation: 'h',
      x: of.map(({ score }) => score),
      y: of.map(({ word }) => word),
      hovertext: of.map(({ word, uses, usesElsewhere, example }) =>
        hoverText(`${word}: ${uses} times here, ${usesElsewhere} elsewhere`, ...quoted([{ title: example }])),
      ),
      hoverinfo: 'text',
      marker: { color: colourAt(position) },
    };
    return { heading: category, trace };
  });
  return inPanels(panels, {
    title: 'The most distinctive words',
    x: 'score, in standard deviations',
    panelHeight: 30 + 18 * most,
    yaxis: { autorange: 'reversed', showgrid: false, dtick: 1 },
  });
}

/** Returns a colour for each category, in order of name, so that charts of the same rows agree. */
export function coloursOf(rows: readonly LabelledTitle[]): Map<string, string> {
  const names = countBy(rows, ({ category }) => category).map(([name]) => name);
  return new Map(names.sort().map((name, position) => [name, colourAt(position)]));
}

function quoted(examples: readonly { title: string }[] = []): string[] {
  return examples.map(({ title }) => `“${title}”`);
}
