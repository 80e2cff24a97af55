// Charts of stories: their sizes, the biggest ones, and the similarity of a split's two sides.
import type { PlotData } from 'plotly.js';
import { countBy } from '../../data/explore';
import type { LabelledTitle } from '../../data/headlines';
import type { NearestTitle } from '../../data/nearDuplicates';
import { type Figure, hoverText, withLayout } from '../../display/figure';
import { percent } from '../../platform/format';

/**
 * Bars for story sizes: the share of stories and of headlines with each number of headlines per story.
 * @example
 * ```ts
 * workshop.show(workshop.storySizeChart(news.headlines));
 * ```
 */
export function storySizeChart(rows: readonly LabelledTitle[]): Figure {
  const sizes = countBy(rows, ({ story }) => story).map(([, size]) => size);
  const largest = sizes[0] ?? 1;
  const bins = Array.from({ length: Math.ceil(Math.log2(largest)) + 1 }, (_, power) => ({
    from: power === 0 ? 1 : 2 ** (power - 1) + 1,
    to: 2 ** power,
  })).map(({ from, to }) => {
    const within = sizes.filter((size) => size >= from && size <= to);
    const headlines = within.reduce((sum, size) => sum + size, 0);
    return { label: from === to ? `${from}` : `${from}–${to}`, stories: within.length, headlines };
  });
  const series = (name: 'stories' | 'headlines', all: number): Partial<PlotData> => ({
    type: 'bar',
    name: `share of the ${name}`,
    x: bins.map(({ label }) => label),
    y: bins.map((bin) => bin[name] / (all || 1)),
    hovertext: bins.map(
      ({ label, stories, headlines }) =>
        `${stories.toLocaleString('en')} stories of ${label}: ${headlines.toLocaleString('en')} headlines`,
    ),
    hovertemplate: '%{y:.1%}<br>%{hovertext}<extra></extra>',
  });
  const figure = withLayout([series('stories', sizes.length), series('headlines', rows.length)], {
    title: 'How large stories are',
    x: 'headlines of a story',
    y: '',
  });
  figure.layout.yaxis = { ...figure.layout.yaxis, tickformat: '.0%' };
  return figure;
}

/**
 * Bars with the similarity of held-out titles to the nearest training title, for several splits.
 * @param splits name → the result of `nearestTitles()`
 * @example
 * ```ts
 * workshop.show(workshop.nearestTitlesChart({ random: nearest }));
 * ```
 */
export function nearestTitlesChart(splits: Readonly<Record<string, readonly NearestTitle[]>>): Figure {
  const steps = Array.from({ length: 11 }, (_, step) => step);
  const labels = steps.map((step) => (step === 10 ? 'the same' : `${step / 10}–${(step + 1) / 10}`));
  const traces = Object.entries(splits).map(([name, nearest]): Partial<PlotData> => {
    const all = nearest.length || 1;
    // 0.3 * 10 can be 2.999…, so a little is added.
    const within = steps.map((step) =>
      nearest.filter(({ similarity }) => Math.floor(similarity * 10 + 1e-9) === step),
    );
    return {
      type: 'bar',
      name,
      x: labels,
      y: within.map((of) => of.length / all),
      hovertext: within.map((of) => {
        const { title = '', nearest: other = '' } = of[0] ?? {};
        const pair = title ? [`held out: “${title}”`, `training: “${other}”`] : [];
        return hoverText(`${percent(of.length / all)} of the split ${name}`, ...pair);
      }),
      hoverinfo: 'text',
    };
  });
  const figure = withLayout(traces, {
    title: 'How near a held-out headline comes to one in training',
    x: 'words in both, as a share of the words in either',
    y: 'share of held-out headlines',
  });
  figure.layout.yaxis = { ...figure.layout.yaxis, tickformat: '.0%' };
  return figure;
}
