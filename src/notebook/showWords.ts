// Shows predictions under the cell: each word's contribution as coloured text, and probabilities as bars.
import { showHtml } from '../display/display';
import { palette, series, withOpacity } from '../display/figure';
import { cellStyle, escapeHtml } from '../display/table';
import type { Explanation } from '../model/evaluation/explain';
import type { Prediction } from '../model/training/classifier';
import { percent } from '../platform/format';
import { demandSameLength } from '../platform/pairs';

/** The log-odds at which a word gets its full colour. */
const strong = 3;

/**
 * Shows a title with each word coloured by its contribution: blue for the label, orange against it, stronger colours for
 * larger contributions. Hover over a word to see the probability without it.
 * @example
 * ```ts
 * workshop.showExplanation(explanation);
 * ```
 */
export function showExplanation(explanation: Explanation): void {
  showHtml(explanationHtml(explanation), describeExplanation(explanation));
}

export function explanationHtml({ label, probability, parts }: Explanation): string {
  const words = parts.map(({ text, contribution, without }) => {
    if (contribution === 0) return escapeHtml(text);
    const colour = contribution > 0 ? series[3] : series[2];
    const background = withOpacity(colour, Math.min(1, Math.abs(contribution) / strong) * 0.6);
    const title = `without it: ${percent(without)}`;
    return `<span title="${title}" style="background: ${background}; border-radius: 3px; padding: 2px 3px">${escapeHtml(text)}</span>`;
  });
  return (
    `<div style="font-size: 1.25em; line-height: 1.9">${words.join('')}</div>` +
    `<div><b>${escapeHtml(label)}</b> ${percent(probability)}. Blue words speak for it, orange ones against it.</div>`
  );
}

function describeExplanation({ label, probability, parts }: Explanation): string {
  const words = parts.filter(({ contribution }) => contribution !== 0);
  const listed = words.map(({ text, contribution }) => `${text} ${contribution.toFixed(2)}`).join(', ');
  return `${label} ${percent(probability)}: ${listed}`;
}

/**
 * Shows a table of titles with their predictions, and a bar for each label's probability.
 * @param expected the titles' labels, if known, to mark each prediction right or wrong
 * @throws `UserError` if the lists differ in length
 * @example
 * ```ts
 * workshop.showPredictions(['Bank shares rise'], classifier.predict(['Bank shares rise']), ['Business']);
 * ```
 */
export function showPredictions(
  titles: readonly string[],
  predictions: readonly Prediction[],
  expected?: readonly string[],
): void {
  demandSameLength({ titles, predictions, ...(expected && { expected }) });
  const text = titles.map((title, row) => `${title}: ${predictions[row]?.result}`).join('\n');
  showHtml(predictionsHtml(titles, predictions, expected), text);
}

export function predictionsHtml(
  titles: readonly string[],
  predictions: readonly Prediction[],
  expected?: readonly string[],
): string {
  const labels = Object.keys(predictions[0]?.probabilities ?? {});
  const names = [...(expected ? ['', 'expected'] : []), 'predicted', 'headline', ...labels];
  const head = names.map((name) => `<th style="${cellStyle}; text-align: left">${escapeHtml(name)}</th>`);
  const rows = titles.map((title, row) => {
    const { result = '', probabilities = {} } = predictions[row] ?? {};
    const right = expected?.[row] === result;
    const cells = [
      ...(expected ? [right ? '✓' : '<b>✗</b>', escapeHtml(expected[row] ?? '')] : []),
      escapeHtml(result),
      escapeHtml(title),
      ...labels.map((label, position) => bar(probabilities[label] ?? 0, position)),
    ];
    return `<tr>${cells.map((cell) => `<td style="${cellStyle}; text-align: left">${cell}</td>`).join('')}</tr>`;
  });
  return (
    `<div style="overflow-x: auto"><table><thead><tr>${head.join('')}</tr></thead>` +
    `<tbody>${rows.join('\n')}</tbody></table></div>`
  );
}

function bar(share: number, position: number): string {
  const colour = withOpacity(palette[position % palette.length] as string, 0.55);
  const width = (100 * share).toFixed(0);
  const background = `linear-gradient(to right, ${colour} ${width}%, transparent ${width}%)`;
  return `<div style="min-width: 5em; padding: 0 4px; background: ${background}">${width}%</div>`;
}
