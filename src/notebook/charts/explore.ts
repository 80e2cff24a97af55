// Charts for looking at headlines. Each shows examples on hovering.
import type { PlotData } from 'plotly.js';
import { countBy, examplesBy } from '../../data/explore';
import type { Headline, LabelledTitle } from '../../data/headlines';
import type { TellingWord } from '../../data/tellingWords';
import { barChart, lineChart } from '../../display/charts';
import { colourAt, type Figure, hoverText, shadesOf, withLayout } from '../../display/figure';
import { inPanels } from '../../display/panels';
import { percent } from '../../platform/format';
import { tokenise } from '../../text/tokenizer';

/**
 * Bars with the number of headlines in each category.
 * @example
 * ```ts
 * workshop.show(workshop.categoryChart(news.headlines));
 * ```
 */
export function categoryChart(rows: readonly LabelledTitle[]): Figure {
  const examples = examplesBy(rows, ({ category }) => category);
  const bars = countBy(rows, ({ category }) => category).map(([category, count]) => {
    return [
      category,
      count,
      [`${percent(count / rows.length)} of all`, ...quoted(examples.get(category))],
    ] as const;
  });
  const figure = barChart(bars, { title: 'Headlines by category', x: 'headlines', y: '' });
  const colours = coloursOf(rows);
  for (const trace of figure.data)
    trace.marker = { color: bars.map(([name]) => colours.get(name) as string) };
  return figure;
}

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
 * Headlines per day, a line for each category.
 * @example
 * ```ts
 * workshop.show(workshop.dayChart(news.headlines));
 * ```
 */
export function dayChart(headlines: readonly Headline[]): Figure {
  const dayOf = ({ timestamp }: Headline) => new Date(timestamp).toISOString().slice(0, 10);
  const days = countBy(headlines, dayOf)
    .map(([day]) => day)
    .sort();
  const both = (row: Headline) => `${row.category}\n${dayOf(row)}`;
  const counts = new Map(countBy(headlines, both));
  const examples = examplesBy(headlines, both, { count: 1 });
  const lines = [...coloursOf(headlines).keys()].map((category) => ({
    name: category,
    x: days,
    y: days.map((day) => counts.get(`${category}\n${day}`) ?? 0),
    hover: days.map((day) => {
      const key = `${category}\n${day}`;
      return [`${day}: ${counts.get(key) ?? 0}`, ...quoted(examples.get(key))];
    }),
  }));
  const figure = lineChart(lines, { title: 'Headlines per day', x: '', y: 'headlines' });
  for (const trace of figure.data) trace.line = { width: 1.5 };
  return figure;
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const hours = Array.from({ length: 24 }, (_, hour) => hour);

/**
 * A heatmap for each category of its headlines by day of the week and hour of the day, in UTC.
 * @example
 * ```ts
 * workshop.show(workshop.hourChart(news.headlines));
 * ```
 */
export function hourChart(headlines: readonly Headline[]): Figure {
  const placeOf = ({ category, timestamp }: Headline) => {
    const time = new Date(timestamp);
    return `${category}\n${(time.getUTCDay() + 6) % 7}\n${time.getUTCHours()}`;
  };
  const counts = new Map(countBy(headlines, placeOf));
  const examples = examplesBy(headlines, placeOf, { count: 1 });
  const panels = [...coloursOf(headlines)].map(([category, colour]) => {
    const of = weekdays.map((_, day) => hours.map((hour) => `${category}\n${day}\n${hour}`));
    const hover = of.map((keys, day) =>
      keys.map((key, hour) => {
        const head = `${weekdays[day]} ${hour}:00–${hour}:59: ${counts.get(key) ?? 0}`;
        return hoverText(head, ...quoted(examples.get(key)));
      }),
    );
    const trace: Partial<PlotData> = {
      type: 'heatmap',
      x: hours,
      y: weekdays,
      z: of.map((keys) => keys.map((key) => counts.get(key) ?? 0)),
      hovertext: hover as unknown as string[],
      hoverinfo: 'text',
      colorscale: shadesOf(colour),
      zmin: 0,
      showscale: false,
      xgap: 1,
      ygap: 1,
    };
    return { heading: category, trace };
  });
  return inPanels(panels, {
    title: 'When they are written',
    x: 'hour of the day (UTC)',
    panelHeight: 150,
    xaxis: { showgrid: false, dtick: 3 },
    yaxis: { showgrid: false, autorange: 'reversed' },
  });
}

/**
 * Lines with the distribution of headline lengths, counted in words: for each length, the share of the category's
 * headlines.
 * @param longest the longest length to draw; longer headlines still count towards the shares
 * @example
 * ```ts
 * workshop.show(workshop.lengthChart(news.headlines));
 * ```
 */
export function lengthChart(rows: readonly LabelledTitle[], longest = 24): Figure {
  const measured = rows.map(({ title, category }) => ({ title, category, length: tokenise(title).length }));
  const both = ({ category, length }: { category: string; length: number }) => `${category}\n${length}`;
  const counts = new Map(countBy(measured, both));
  const examples = examplesBy(measured, both, { count: 2 });
  const totals = new Map(countBy(rows, ({ category }) => category));
  const lengths = Array.from({ length: longest }, (_, index) => index + 1);
  const lines = [...coloursOf(rows).keys()].map((category) => ({
    name: category,
    x: lengths,
    y: lengths.map(
      (length) => (counts.get(`${category}\n${length}`) ?? 0) / (totals.get(category) as number),
    ),
    hover: lengths.map((length) => {
      const key = `${category}\n${length}`;
      return [`${length} words: ${counts.get(key) ?? 0} headlines`, ...quoted(examples.get(key))];
    }),
  }));
  const titles = { title: 'How long headlines are', x: 'words', y: 'share of the category’s headlines' };
  return lineChart(lines, { ...titles, percent: true });
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
