// Finds the distinctive words of each category. Log-odds ratios with an informative Dirichlet prior: Monroe, Colaresi
// and Quinn (2008), "Fightin' Words", Political Analysis 16(4), 372–403, equations 15, 16, 18 and 22.

import { createTokenIndex } from '../text/tokenIndex';
import { visitTokens } from '../text/tokenizer';
import type { LabelledTitle } from './headlines';

/** A word that a category uses more often than the others do. */
export interface TellingWord {
  category: string;
  word: string;
  /**
   * The difference of the log-odds in standard deviations. Higher means more certain that the category prefers the word.
   */
  score: number;
  /** Its count in the category's titles, and in those of the others. */
  uses: number;
  usesElsewhere: number;
  /** The first title of the category that uses it. */
  example: string;
}

/** Options of `tellingWords()`. */
export interface TellingWordsOptions {
  /** The number of words for each category. @default 10 */
  count?: number;
  /**
   * Size of the prior: the number of words that each side starts with, distributed as in all titles. The larger it is, the
   * more often a word must occur to be listed. @default 500
   */
  priorWords?: number;
}

/**
 * Returns the most distinctive words of each category, by category name and then by score.
 * @returns at most `count` words per category, all with a score above 0
 * @example
 * ```ts
 * const telling = workshop.tellingWords(news.headlines, { count: 3 });
 * console.log(telling.length, telling[0].category); // 12 Business
 * ```
 */
export function tellingWords(
  rows: readonly LabelledTitle[],
  { count = 10, priorWords = 500 }: TellingWordsOptions = {},
): TellingWord[] {
  const { tokens, uses, examples } = countUses(rows);
  const everywhere = tokens.map((_, at) => [...uses.values()].reduce((sum, of) => sum + (of[at] ?? 0), 0));
  const total = everywhere.reduce((sum, one) => sum + one, 0);
  return [...uses.keys()].sort().flatMap((category) => {
    const here = uses.get(category) as number[];
    const size = here.reduce((sum, one = 0) => sum + one, 0);
    const logOdds = (y: number, prior: number, n: number) =>
      Math.log((y + prior) / (n + priorWords - y - prior));
    const score = (at: number) => {
      const prior = (priorWords * (everywhere[at] as number)) / total;
      const [y, yElse] = [here[at] ?? 0, (everywhere[at] as number) - (here[at] ?? 0)];
      const difference = logOdds(y, prior, size) - logOdds(yElse, prior, total - size);
      return difference / Math.sqrt(1 / (y + prior) + 1 / (yElse + prior));
    };
    return tokens
      .map((word, at) => ({ word, at, score: score(at) }))
      .filter((word) => word.score > 0)
      .sort((one, other) => other.score - one.score)
      .slice(0, count)
      .map(({ word, at, score }) => ({
        category,
        word,
        score,
        uses: here[at] ?? 0,
        usesElsewhere: (everywhere[at] as number) - (here[at] ?? 0),
        example: examples.get(category)?.[at] ?? '',
      }));
  });
}

/** By category and then by token: its count, and the first title that uses it. */
function countUses(rows: readonly LabelledTitle[]) {
  const index = createTokenIndex();
  const uses = new Map<string, number[]>();
  const examples = new Map<string, string[]>();
  for (const { title, category } of rows) {
    if (!uses.has(category)) {
      uses.set(category, []);
      examples.set(category, []);
    }
    const counts = uses.get(category) as number[];
    const firsts = examples.get(category) as string[];
    visitTokens(title, (text, start, end) => {
      const at = index.add(text, start, end);
      counts[at] = (counts[at] ?? 0) + 1;
      firsts[at] ??= title;
    });
  }
  return { tokens: index.tokens, uses, examples };
}
