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
const mostPieces = 500_000;
const notOneEach = 'its tokenizer does not give every index one piece of text';

/** Reads the contents of a tokenizer.json. Throws an {@link ArtifactFault} if it is not a BERT tokenizer with special pieces. */
export function readWordPieces(given: unknown): WordPieces {
  const { model, normalizer, pre_tokenizer: splitter } = objectOf(given);
  const kinds = [model, normalizer, splitter].map((part) => objectOf(part).type);
  if (kinds.join() !== 'WordPiece,BertNormalizer,BertPreTokenizer') {
    throw new ArtifactFault(
      `its tokenizer is of the kind ${kinds.map((kind) => String(kind).slice(0, 30)).join(', ')}; expected WordPiece, BertNormalizer, ` +
        'BertPreTokenizer',
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
  if (typeof normalizer === 'object' && normalizer !== null) return;
  throw new ArtifactFault('its tokenizer has no settings');
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
      const end = endOfWord(title, start + charactersAtOnce);
      found.push(
        ...tokenizer.encode(title.slice(start, end), { add_special_tokens: false }).ids.slice(0, most),
      );
      start = end;
    }
    return found.slice(0, most);
  }
}

/** Returns the place of the first white space from here on, where a text can be divided, or the text's end. */
function endOfWord(text: string, from: number): number {
  if (from >= text.length) return text.length;
  const space = text.slice(from).search(/\s/);
  return space < 0 ? text.length : from + space;
}

/** Returns the tokenizer in the format of tokenizer.json. */
function tokenizerOf(pieces: readonly string[], normalizer: WordPieces['normalizer']): object {
  const added_tokens = Object.values(special).map((content) => ({
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
    normalizer: { type: 'BertNormalizer', ...normalizer },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    model: {
      type: 'WordPiece',
      unk_token: special.unknown,
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(pieces.map((piece, index) => [piece, index])),
    },
  };
}
