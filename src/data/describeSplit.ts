// Describes properties of a split that distort a model's accuracy or limit its precision. Prints nothing.

import { percent } from '../platform/format';
import { tally } from '../platform/tally';
import { tokenise } from '../text/tokenizer';
import { countBy } from './explore';
import type { LabelledTitle } from './headlines';
import type { Split } from './split';

/** A number of rows and their share of all rows; 0 without rows. */
export interface RowShare {
  rows: number;
  share: number;
}

/** The result of `describeSplit()`. */
export interface SplitDescription {
  /** Rows on each side. */
  training: number;
  validation: number;
  /**
   * The most frequent label of the validation rows; always predicting it scores its share. Undefined without such rows.
   */
  largestLabel?: RowShare & { label: string };
  /** Validation rows whose text is also in training, compared token by token as models read it. */
  copies: RowShare;
  /** Validation rows whose label is not in training. They count as wrong. */
  unknown: RowShare & { labels: string[] };
  /** Labels of training rows that no validation row has. */
  unmeasuredLabels: string[];
  /**
   * Width of the 95% Wilson interval of an accuracy of 50%, the widest case, for independent rows. From 0 to 1.
   */
  intervalWidth: number;
  /** Rows on both sides with more than `maxLength` tokens, and the tokens of the longest; only with `maxLength`. */
  cut?: RowShare & { longest: number };
  /** Warnings about accuracies measured on this split, one sentence each. */
  notes: string[];
}

/** Options of `describeSplit()`. */
export interface SplitDescriptionOptions {
  /** The hyperparameter `max_length`, in tokens. @default texts of any length */
  maxLength?: number;
  /** The known tokens; others do not count towards `maxLength`. @default all tokens are known */
  vocabulary?: readonly string[];
}

/** The number of validation rows below which a note warns. */
const fewRows = 50;
const shownLabels = 5;

/**
 * Describes properties of a split that distort a model's accuracy: the share of the most frequent label, texts on both
 * sides, labels on one side only, few validation rows, and texts that `maxLength` cuts. Training jobs log the same notes.
 * @example
 * ```ts
 * const { copies, notes } = workshop.describeSplit(split, { maxLength: 10 });
 * console.log(copies.share < 0.1, notes.length > 0); // true true
 * ```
 */
export function describeSplit(
  { training, validation }: Split<LabelledTitle>,
  { maxLength, vocabulary }: SplitDescriptionOptions = {},
): SplitDescription {
  const share = (rows: number, all = validation.length) => ({ rows, share: all && rows / all });
  const texts = compareTexts({ training, validation }, { maxLength: maxLength ?? Infinity, vocabulary });
  const trained = new Set(training.map(({ category }) => category));
  const measured = countBy(validation, ({ category }) => category);
  const held = new Set(measured.map(([label]) => label));
  const unknown = measured.filter(([label]) => !trained.has(label));
  const [largest] = measured;
  const described = {
    training: training.length,
    validation: validation.length,
    ...(largest && { largestLabel: { label: largest[0], ...share(largest[1]) } }),
    copies: share(texts.copies),
    unknown: {
      ...share(unknown.reduce((sum, [, rows]) => sum + rows, 0)),
      labels: unknown.map(([label]) => label).sort(),
    },
    unmeasuredLabels: [...trained].filter((label) => !held.has(label)).sort(),
    intervalWidth: widestInterval(validation.length),
    ...(maxLength !== undefined && {
      cut: { ...share(texts.cut, training.length + validation.length), longest: texts.longest },
    }),
  };
  return { ...described, notes: notesOn(described, maxLength) };
}

/** Compares all texts in one pass. */
function compareTexts(
  { training, validation }: Split<LabelledTitle>,
  { maxLength, vocabulary }: { maxLength: number; vocabulary: readonly string[] | undefined },
) {
  const words = vocabulary && new Set(vocabulary);
  const isKnown = (token: string) => !words || words.has(token);
  let [cut, longest] = [0, 0];
  /** Returns the text as models read it, or unchanged if it has no tokens. */
  const read = ({ title }: LabelledTitle): string => {
    const tokens = tokenise(title);
    if (tokens.length > maxLength && tokens.filter(isKnown).length > maxLength) cut += 1;
    longest = Math.max(longest, tokens.length);
    return tokens.join(' ') || title;
  };
  const held = tally(validation.map(read));
  let copies = 0;
  for (const row of training) {
    const text = read(row);
    copies += held.get(text) ?? 0;
    held.delete(text);
  }
  return { copies, cut, longest };
}

/** Returns the width of Wilson's interval at one half: z / √(n + z²). */
function widestInterval(rows: number): number {
  const z = 1.96;
  return z / Math.sqrt(rows + z ** 2);
}

function notesOn(described: Omit<SplitDescription, 'notes'>, maxLength: number | undefined): string[] {
  const { validation, training, largestLabel, copies, unknown, unmeasuredLabels, intervalWidth, cut } =
    described;
  const notes: string[] = [];
  if (largestLabel) {
    const { label, share } = largestLabel;
    notes.push(`Always predicting ${quote(label)} scores ${percent(share)} on the validation rows.`);
    if (copies.rows > 0) notes.push(describeCopies(copies, validation, training));
    if (validation < fewRows) {
      const points = Math.round(100 * intervalWidth);
      notes.push(
        `Only ${validation} rows for validation: the 95% interval of the accuracy can be ${points} points wide.`,
      );
    }
    if (unknown.rows > 0) {
      notes.push(
        `Validation rows with a label that is not in training: ${shareOf(unknown, validation)}. They count as wrong. ` +
          `Labels: ${listed(unknown.labels)}.`,
      );
    }
    if (unmeasuredLabels.length > 0) {
      notes.push(
        `Labels without a validation row, which the accuracy does not measure: ${unmeasuredLabels.length} ` +
          `(${listed(unmeasuredLabels)}).`,
      );
    }
  }
  if (cut && cut.rows > 0) {
    notes.push(
      `Texts that max_length cuts to their last ${maxLength} tokens: ${shareOf(cut, training + validation)}. The longest ` +
        `has ${cut.longest} tokens.`,
    );
  }
  return notes;
}

function describeCopies(copies: RowShare, validation: number, training: number): string {
  const copied = `Validation rows with the text of a training row: ${shareOf(copies, validation)}.`;
  const end = 'The accuracy then measures memory, not new texts.';
  if (copies.rows === validation && validation === training) {
    return `${copied} The validation data is the training data. ${end}`;
  }
  return copies.share >= 0.5 ? `${copied} ${end}` : copied;
}

function shareOf({ rows, share }: RowShare, all: number): string {
  return `${rows} of ${all} (${percent(share)})`;
}

function listed(labels: readonly string[]): string {
  const more = labels.length - shownLabels;
  return labels.slice(0, shownLabels).map(quote).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function quote(label: string): string {
  return JSON.stringify(label);
}
