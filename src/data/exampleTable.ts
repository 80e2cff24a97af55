// Writes example tables as CSV: invented messages with 2 to 20 labels, grouped in conversations. For docs/own-data.md and
// the tests.
import { UserError } from '../platform/errors';
import { writeWhole } from '../platform/files';
import { type Random, sample, seededRandom } from './random';

/** Each label with the words of its messages. */
const topics: Readonly<Record<string, readonly string[]>> = {
  billing: ['invoice', 'refund', 'payment', 'charged', 'price', 'credit'],
  delivery: ['parcel', 'courier', 'shipping', 'arrived', 'delayed', 'tracking'],
  garden: ['roses', 'lawn', 'seeds', 'compost', 'hedge', 'pruning'],
  kitchen: ['oven', 'recipe', 'saucepan', 'bake', 'butter', 'flour'],
  travel: ['hotel', 'flight', 'luggage', 'passport', 'train', 'itinerary'],
  music: ['guitar', 'concert', 'melody', 'drums', 'choir', 'piano'],
  football: ['goal', 'striker', 'league', 'referee', 'penalty', 'keeper'],
  cycling: ['bicycle', 'helmet', 'pedal', 'tyres', 'brakes', 'saddle'],
  weather: ['rain', 'storm', 'sunshine', 'frost', 'humid', 'thunder'],
  school: ['teacher', 'homework', 'classroom', 'exam', 'pupils', 'lesson'],
  office: ['meeting', 'printer', 'desk', 'deadline', 'colleague', 'agenda'],
  pets: ['kitten', 'puppy', 'leash', 'hamster', 'parrot', 'aquarium'],
  health: ['doctor', 'fever', 'vaccine', 'clinic', 'dentist', 'allergy'],
  cars: ['engine', 'gearbox', 'diesel', 'mileage', 'windscreen', 'dealer'],
  fashion: ['dress', 'sneakers', 'jacket', 'scarf', 'fabric', 'tailor'],
  books: ['novel', 'author', 'chapter', 'library', 'poetry', 'publisher'],
  movies: ['actor', 'trailer', 'cinema', 'director', 'screenplay', 'sequel'],
  computers: ['laptop', 'keyboard', 'software', 'password', 'monitor', 'browser'],
  housing: ['rent', 'landlord', 'mortgage', 'apartment', 'tenant', 'plumbing'],
  finance: ['shares', 'pension', 'dividend', 'broker', 'savings', 'inflation'],
};

const filler = 'please about again today question still help need with problem asked waiting'.split(' ');

/** Options of an example table. */
export interface ExampleTableOptions {
  /** The number of different labels, 2 to 20. @default 2 */
  labels?: number;
  /** Number of rows, without the header. @default 1200 */
  rows?: number;
  /** Seed of the generator. @default 1 */
  seed?: number;
}

/**
 * Writes a CSV file of invented messages, to try `readTable()` with: the columns are message, topic and thread. Folders
 * are created. The same options give the same file.
 * @throws `UserError` for fewer than 2 or more than 20 labels
 * @example
 * ```ts
 * await workshop.writeExampleTable('../output/messages.csv', { labels: 20, rows: 400 });
 * const messages = await workshop.readTable('../output/messages.csv', columns);
 * console.log(new Set(messages.rows.map(({ category }) => category)).size); // 20
 * ```
 */
export async function writeExampleTable(path: string, options: ExampleTableOptions = {}): Promise<void> {
  const { labels = 2, rows = 1200, seed = 1 } = options;
  const names = Object.keys(topics).slice(0, labels);
  if (names.length !== labels || labels < 2) {
    throw new UserError(`labels is ${labels}; expected 2 to ${Object.keys(topics).length}.`);
  }
  const random = seededRandom(seed);
  const lines = ['message,topic,thread'];
  for (let thread = 1; lines.length <= rows; thread++) {
    const topic = names[random.integer(labels)] as string;
    const messages = 1 + random.integer(3);
    for (let message = 0; message < messages && lines.length <= rows; message++) {
      lines.push(`"${write(topic, random)}",${topic},${thread}`);
    }
  }
  await writeWhole(path, `${lines.join('\n')}\n`);
}

function write(topic: string, random: Random): string {
  const about = sample(topics[topic] as readonly string[], 2, random.integer(2 ** 31 - 1));
  const around = sample(filler, 4, random.integer(2 ** 31 - 1));
  return [around[0], about[0], `${around[1]},`, about[1], ...around.slice(2)].join(' ');
}
