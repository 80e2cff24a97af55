// A progress bar under the cell.
import { escapeHtml } from './table';

/**
 * Returns a progress bar with a text next to it.
 * @param share of the work done, in [0, 1]
 * @param text such as speed and time left
 */
export function progressBar(share: number, text: string): { 'text/html': string; 'text/plain': string } {
  const percentage = Math.round(100 * Math.min(1, Math.max(0, share)));
  const bar = `<progress max="100" value="${percentage}" style="width: 16em; vertical-align: middle"></progress>`;
  return {
    'text/html': `<div>${bar} <span style="white-space: nowrap">${escapeHtml(text)}</span></div>`,
    'text/plain': `${percentage}% ${text}`,
  };
}
