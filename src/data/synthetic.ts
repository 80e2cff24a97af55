// Generates synthetic headlines with a seed, for machines without the dataset. They resemble the real ones (unequal
// classes, stories told many times in nearly the same words, overlapping topics), so the workshop's charts and figures
// make sense. They say nothing about the news.
import type { Headline } from './headlines';
import { type Random, seededRandom } from './random';

interface Topic {
  category: string;
  /** Share of the stories. */
  share: number;
  words: string[];
}

const topics: Topic[] = [
  {
    category: 'Business',
    share: 0.43,
    words:
      words(`stocks shares market bank profit earnings inflation economy investors dollar euro prices trade
      growth jobs debt bonds oil merger sales quarter tax budget exports factory retail wages interest rates loan
      currency fund regulator airline housing mortgage unemployment forecast dividend revenue`),
  },
  {
    category: 'Entertainment',
    share: 0.34,
    words: words(`movie film album singer actress star concert trailer sequel television season episode finale
      wedding celebrity awards premiere band rapper song video director cast drama comedy festival stage fans tour
      guitar dancer hollywood theater musical reality romance gossip red carpet duet`),
  },
  {
    category: 'Science & Technology',
    share: 0.18,
    words:
      words(`smartphone software tablet internet browser robot satellite telescope planet moon space rocket
      computer chip android app update device wireless network hackers security data cloud privacy search engine
      physics fossil galaxy laser battery electric screen camera gaming console code climate species`),
  },
  {
    category: 'Health',
    share: 0.05,
    words: words(`virus vaccine outbreak patients hospital doctors cancer disease infection flu drug treatment
      surgery diabetes heart obesity diet smoking symptoms brain nurses clinic epidemic therapy measles blood
      allergy sleep mental pregnancy`),
  },
];

const names =
  words(`harper mason porter fletcher marlow winslow bennett carver dalton ellison fairfax granger holloway
  ingram jennings keller langford merritt norwood oakley prescott quinn radcliffe sheffield thornton underwood vance
  whitaker york zimmer ashford blackwell chandler drummond everett foster goodwin hastings irving jarvis kendall
  lambert monroe newell osborne parker quincy rowland stanton tucker upton vaughn walton`);
const kinds =
  words(`group brothers labs valley bridge river north union island global street house city park bay
  hill crown summit harbor national`);
const verbs =
  words(`announces reveals warns confirms denies hits faces plans expects shows wins loses drops raises
  cuts launches delays reports sees beats`);
const neutral =
  words(`new first big early final major surprise record possible second public global top latest
  strong weak rare long late next`);
const tails = words(`today report year week month says official update despite amid after before again soon`);
const outlets =
  words(`Gazette Herald Courier Chronicle Observer Tribune Dispatch Examiner Monitor Bulletin Ledger
  Mercury Standard Register`);

/** The share of stories with a word from another topic, so that words alone do not separate the topics. */
const borrowing = 0.36;
const firstTimestamp = Date.UTC(2014, 2, 10);
const hour = 3_600_000;

interface SyntheticOptions {
  /** @default 6000 */
  rows?: number;
  /** @default 1 */
  seed?: number;
}

/**
 * Generates headlines in the dataset's columns; their hostnames end in `.invalid`. The same options give the same rows.
 */
export function generateHeadlines({ rows = 6000, seed = 1 }: SyntheticOptions = {}): Headline[] {
  const random = seededRandom(seed);
  const headlines: Headline[] = [];
  for (let number = 1; headlines.length < rows; number++) {
    const story = inventStory(number, random);
    const size = Math.min(storySize(random), rows - headlines.length);
    for (let row = 0; row < size; row++) {
      headlines.push(tell(story, String(headlines.length + 1), random));
    }
  }
  return headlines;
}

interface Story {
  id: string;
  category: string;
  subject: string[];
  words: string[];
  start: number;
}

function inventStory(number: number, random: Random): Story {
  const topic = pickTopic(random);
  const word = () => pick(random.fraction() < borrowing ? pickTopic(random).words : topic.words, random);
  return {
    id: `synthetic-${number}`,
    category: topic.category,
    subject: [pick(names, random), pick(kinds, random)],
    words: [word(), word(), word(), word()],
    start: firstTimestamp + random.integer(24 * 150) * hour,
  };
}

/** Writes one article's title: some of the story's words around its subject, in the outlet's wording. */
function tell({ id: story, category, subject, words, start }: Story, id: string, random: Random): Headline {
  const told = words.filter(() => random.fraction() < 0.8);
  const parts = [
    ...subject,
    pick(verbs, random),
    pick(neutral, random),
    ...(told.length > 0 ? told : words.slice(0, 1)),
  ];
  const rotation = random.fraction() < 0.3 ? subject.length : 0;
  const title = [...parts.slice(rotation), ...parts.slice(0, rotation), pick(tails, random)].join(' ');
  const publisher = `${capitalise(pick(names, random))} ${pick(outlets, random)}`;
  const hostname = `${publisher.toLowerCase().replace(' ', '-')}.invalid`;
  return {
    id,
    title: capitalise(title),
    url: `https://${hostname}/${id}`,
    publisher,
    category,
    story,
    hostname,
    timestamp: start + random.integer(48 * hour),
  };
}

/**
 * Draws a story's size: most stories have one or two articles, a few have many (a Pareto distribution with a ceiling).
 */
function storySize(random: Random): number {
  return Math.min(40, Math.floor(2 / (1 - random.fraction()) ** 0.8));
}

function pickTopic(random: Random): Topic {
  let left = random.fraction();
  for (const topic of topics) {
    left -= topic.share;
    if (left < 0) return topic;
  }
  return topics[0] as Topic;
}

function pick(list: readonly string[], random: Random): string {
  return list[random.integer(list.length)] as string;
}

function words(text: string): string[] {
  return text.split(/\s+/);
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
