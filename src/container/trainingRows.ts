// A job's channels → training and validation rows, with notes on the data.
import { existsSync } from 'node:fs';
import { joinChannels, readChannelRows } from '../data/channelRows';
import { describeSkipped, type FilePart } from '../data/files/fileRows';
import { type LabelledTitle, readNewsFile } from '../data/headlines';
import { countLabels, describeLabels, type LabelCount, seemsWrong } from '../data/labelRemarks';
import { type Split, splitByStory, splitRandomly } from '../data/split';
import { createTableReader, type TableReader } from '../data/table';
import type { Hyperparameters } from '../model/hyperparameters';
import { formatNote } from '../model/training/metrics';
import type { BaseDirectory } from '../platform/baseDirectory';
import { dataFiles } from '../platform/dataFiles';
import { UserError } from '../platform/errors';

type Tell = (sentence: string) => void;

/**
 * Reads the training channel and the validation channel, or splits the training rows if there is none.
 * @param tell called with the labels and their rows, and with notes on the data
 * @throws `UserError` if the job has no training data, a channel cannot be read, or its labels cannot be learnt
 */
export async function readTrainingRows(
  directory: BaseDirectory,
  hyperparameters: Hyperparameters,
  tell: Tell,
): Promise<Split<LabelledTitle>> {
  const table = openTable(hyperparameters);
  const read = async (name: string, others: readonly LabelledTitle[] = []) =>
    await readChannel(directory.channel(name), {
      read: table?.read ?? readNewsFile,
      labels: countLabels(others).map(({ label }) => label),
      tell,
    });
  const found = (await read('training')) ?? (await read('train'));
  if (!found) {
    throw new UserError(
      `No training data: ${directory.channel('training')} contains no file. ` +
        'Give the job a channel named "training" with the rows in it.',
    );
  }
  const [training = [], validation = []] = joinChannels(found, (await read('validation', found)) ?? []);
  tell(`The training data has ${describeLabels(countLabels(training))}`);
  if (table) checkTable({ training, validation }, table, hyperparameters, tell);
  return validation.length > 0 ? { training, validation } : splitRows(training, hyperparameters);
}

/** Returns the reader of a table with the named columns; undefined for the news layouts. */
function openTable({ text_column: text, label_column: label, group_column: group }: Hyperparameters) {
  if (text === '' && label === '') return undefined;
  if (text !== '' && label !== '') return createTableReader({ text, label, ...(group !== '' && { group }) });
  throw new UserError('text_column and label_column go together: name both, or neither.');
}

interface ChannelReading {
  read: (file: string) => Promise<FilePart<LabelledTitle>>;
  /** The labels of the other channel. */
  labels: readonly string[];
  tell: Tell;
}

/** Returns the rows of every file in a channel's folder, or undefined if it has no file. */
async function readChannel(
  folder: string,
  { read, labels, tell }: ChannelReading,
): Promise<LabelledTitle[] | undefined> {
  if (!existsSync(folder) || (await dataFiles(folder)).files.length === 0) return undefined;
  const { rows, skipped, remarks } = await readChannelRows(folder, read, labels);
  for (const remark of remarks) tell(formatNote(remark));
  if (skipped.length > 0) tell(`${folder}: malformed lines are skipped:\n${describeSkipped(skipped)}`);
  return rows;
}

/** Reports odd labels of a table. Throws a {@link UserError} if the labels cannot be learnt. */
function checkTable(
  rows: Split<LabelledTitle>,
  table: TableReader,
  hyperparameters: Hyperparameters,
  tell: Tell,
): void {
  const { training, validation } = rows;
  const labels = table.checkLabels('The training channel', training);
  for (const remark of table.remarkOn(training.concat(validation))) tell(formatNote(remark));
  if (!seemsWrong(labels, training.length) || canValidate(rows, labels, hyperparameters)) return;
  throw new UserError(
    `The training channel has ${labels.length} labels in ${training.length} rows, too many to validate: most rows have a ` +
      `label of their own. Is "${hyperparameters.label_column}" the right column? If it is, give more rows of each label.`,
  );
}

/** Whether validation rows can share labels with training rows: most of them can, or as many as are held out. */
function canValidate(
  { training, validation }: Split<LabelledTitle>,
  labels: readonly LabelCount[],
  { validation_split: validationFraction }: Hyperparameters,
): boolean {
  if (validation.length === 0) return training.length - labels.length >= validationFraction * training.length;
  const known = new Set(labels.map(({ label }) => label));
  return validation.filter(({ category }) => known.has(category)).length * 2 > validation.length;
}

function splitRows(
  training: readonly LabelledTitle[],
  { validation_split: validationFraction, split, seed }: Hyperparameters,
): Split<LabelledTitle> {
  if (validationFraction === 0) return { training: [...training], validation: [] };
  const divide = split === 'story' ? splitByStory : splitRandomly;
  return divide(training, { validationFraction, seed });
}
