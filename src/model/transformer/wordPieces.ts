// Text → word pieces, by the tokenizer that a BERT model was trained with (@huggingface/tokenizers does the splitting).
import { Tokenizer } from '@huggingface/tokenizers';
import { ArtifactFault } from '../../platform/errors';

/** The settings of a BERT tokenizer. */
export interface WordPieces {
  /** The piece at position i has index i. */
  readonly pieces: readonly string[];
  /** As in BertNormalizer; null removes accents where letters become lower case. */
  readonly normalizer: {
    readonly clean_text: boolean;
    readonly handle_chinese_chars: boolean;
    readonly strip_accents: boolean | null;
    readonly lowercase: boolean;
  };
}

/** The special pieces, which every BERT tokenizer has. */
const special = { padding: '[PAD]', unknown: '[UNK]', first: '[CLS]', last: '[SEP]' } as const;
/** Found in the text as they are, where the tokenizer has them. */
const inText = [...Object.values(special), '[MASK]'];
const settingsOfModel = {
  unk_token: special.unknown,
  continuing_subword_prefix: '##',
  max_input_chars_per_word: 100,
} as const;
const mostPieces = 500_000;
const notOneEach = 'its tokenizer does not give every index one piece of text';

/** Reads the contents of a tokenizer.json. Throws an {@link ArtifactFault} if it is not a BERT tokenizer with special pieces. */
export function readWordPieces(given: unknown): WordPieces {
  const { model, normalizer, pre_tokenizer: splitter, added_tokens: added } = objectOf(given);
  const kinds = [model, normalizer, splitter].map((part) => objectOf(part).type);
  if (kinds.join() !== 'WordPiece,BertNormalizer,BertPreTokenizer') {
    throw new ArtifactFault(
      `its tokenizer is of the kind ${kinds.map((kind) => String(kind).slice(0, 30)).join(', ')}; expected WordPiece, BertNormalizer, ` +
        'BertPreTokenizer',
    );
  }
  for (const [name, value] of Object.entries(settingsOfModel)) {
    const found = objectOf(model)[name] ?? value;
    if (found !== value)
      throw new ArtifactFault(
        `its tokenizer’s ${name} is ${JSON.stringify(found)} instead of ${JSON.stringify(value)}`,
      );
  }
  const pieces: string[] = [];
  const vocabulary = Object.entries(objectOf(objectOf(model).vocab));
  for (const [piece, index] of vocabulary) {
    if (!Number.isInteger(index) || (index as number) < 0 || (index as number) >= mostPieces) {
      throw new ArtifactFault(`its tokenizer gives "${piece.slice(0, 30)}" the index ${index}`);
    }
    pieces[index as number] = piece;
  }
  if (vocabulary.length !== pieces.length) throw new ArtifactFault(notOneEach);
  const {
    clean_text = true,
    handle_chinese_chars = true,
    strip_accents = null,
    lowercase = true,
  } = objectOf(normalizer);
  const settings = { clean_text, handle_chinese_chars, strip_accents, lowercase };
  const wordPieces = { pieces: Array.from(pieces), normalizer: settings } as WordPieces;
  checkWordPieces(wordPieces);
  const unknown = [added ?? []].flat().find((one) => !pieces.includes(objectOf(one).content as string));
  if (unknown)
    throw new ArtifactFault(
      `its tokenizer adds ${JSON.stringify(objectOf(unknown).content)}, which its vocabulary lacks`,
    );
  return wordPieces;
}

/** Throws an {@link ArtifactFault} unless every index has a piece of its own and the special pieces are among them. */
export function checkWordPieces({ pieces, normalizer }: WordPieces): void {
  const isText = Array.isArray(pieces) && pieces.every((piece) => typeof piece === 'string');
  if (!isText || pieces.length > mostPieces || new Set(pieces).size < pieces.length) {
    throw new ArtifactFault(notOneEach);
  }
  const missing = Object.values(special).find((piece) => !pieces.includes(piece));
  if (missing) throw new ArtifactFault(`its tokenizer has no piece ${missing}`);
  if (pieces[0] !== special.padding) {
    throw new ArtifactFault(
      `its tokenizer begins with "${pieces[0]?.slice(0, 30)}" instead of ${special.padding}`,
    );
  }
  const { clean_text, handle_chinese_chars, strip_accents, lowercase } = objectOf(normalizer);
  const settings = [clean_text, handle_chinese_chars, strip_accents ?? true, lowercase];
  if (settings.every((setting) => typeof setting === 'boolean')) return;
  throw new ArtifactFault('the settings of its tokenizer are not true or false');
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Characters of a text that are split at a time: a long text is read no further than needed. */
const charactersAtOnce = 1000;

/**
 * Returns a function from titles to the indices of their pieces, [titles, maxLength]: the first piece, the title's, the
 * last piece, and padding (0) behind. Pieces that do not fit are left out.
 */
export function createPieceEncoder(
  { pieces, normalizer }: WordPieces,
  maxLength: number,
): (titles: readonly string[]) => Int32Array {
  const indices = new Map(pieces.map((piece, index) => [piece, index]));
  const tokenizer = new Tokenizer(tokenizerOf(pieces, normalizer), {});
  const adapt = adapterOf(normalizer);
  const [first, last] = [special.first, special.last].map((piece) => indices.get(piece) as number);
  return (titles) => {
    const encoded = new Int32Array(titles.length * maxLength);
    titles.forEach((title, row) => {
      const inner = piecesOf(title, maxLength - 2);
      encoded.set([first as number, ...inner, last as number], row * maxLength);
    });
    return encoded;
  };

  function piecesOf(title: string, most: number): number[] {
    const found: number[] = [];
    for (let start = 0; start < title.length && found.length < most; ) {
      const end = endOfPart(title, start + charactersAtOnce);
      found.push(
        ...tokenizer.encode(adapt(title.slice(start, end)), { add_special_tokens: false }).ids.slice(0, most),
      );
      start = end;
    }
    return found.slice(0, most);
  }
}

/**
 * Returns where a text can be divided: at the first white space from here on. A text that has none for long is divided
 * anywhere but within a character.
 */
function endOfPart(text: string, from: number): number {
  if (from >= text.length) return text.length;
  const space = text.slice(from, from + charactersAtOnce).search(/\s/);
  if (space >= 0) return from + space;
  const end = Math.min(text.length, from + charactersAtOnce);
  return /[\ud800-\udbff]/.test(text[end - 1] as string) ? end - 1 : end;
}

/** Chinese characters outside the first plane, which @huggingface/tokenizers 0.2.0 does not set apart. */
const rareChinese = /[\u{20000}-\u{2a6df}\u{2a700}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu;

/** Returns a function that changes texts where the library differs from the tokenizer that it follows. */
function adapterOf({ handle_chinese_chars, lowercase }: WordPieces['normalizer']) {
  return (text: string): string => {
    const apart = handle_chinese_chars ? text.replace(rareChinese, ' $& ') : text;
    // JavaScript alone gives a sigma at a word's end a form of its own.
    return lowercase ? apart.replaceAll('Σ', 'σ') : apart;
  };
}

/** Returns the tokenizer in the format of tokenizer.json. */
function tokenizerOf(pieces: readonly string[], normalizer: WordPieces['normalizer']): object {
  const added_tokens = inText
    .filter((content) => pieces.includes(content))
    .map((content) => ({
      id: pieces.indexOf(content),
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    }));
  return {
    added_tokens,
    decoder: null,
    post_processor: null,
    normalizer: { ...normalizer, type: 'BertNormalizer' },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    model: {
      type: 'WordPiece',
      ...settingsOfModel,
      vocab: Object.fromEntries(pieces.map((piece, index) => [piece, index])),
    },
  };
}
