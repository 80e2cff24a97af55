// How far something long has come, as a bar under the cell.
import { escapeHtml } from './table';

/**
 * @param share of the work that is done, in [0, 1]
 * @param text beside the bar, such as speed and time left
 */
export function progressBar(share: number, text: string): { 'text/html': string; 'text/plain': string } {
  const percentage = Math.round(100 * Math.min(1, Math.max(0, share)));
  const bar = `<progress max="100" value="${percentage}" style="width: 16em; vertical-align: middle"></progress>`;
  return {
    'text/html': `<div>${bar} <span style="white-space: nowrap">${escapeHtml(text)}</span></div>`,
    'text/plain': `${percentage}% ${text}`,
  };
}
