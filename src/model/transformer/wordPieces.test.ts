import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ArtifactFault } from '../../platform/errors';
import { tinyBert } from '../../testing/folders';
import { checkWordPieces, createPieceEncoder, readWordPieces } from './wordPieces';

const tokenizer = JSON.parse(readFileSync(join(tinyBert, 'tokenizer.json'), 'utf8'));
const expected = JSON.parse(readFileSync(join(tinyBert, 'expected.json'), 'utf8')) as {
  texts: string[];
  pieces: number[][];
};

test('texts have the pieces that the tokenizer’s own library gives them', () => {
  const encode = createPieceEncoder(readWordPieces(tokenizer), 16);
  assert.deepEqual([...encode(expected.texts)], expected.pieces.flat());
});

test('a long text has the first pieces of the whole, wherever it is divided', () => {
  const encode = createPieceEncoder(readWordPieces(tokenizer), 1000);
  const [first, last] = [2, 3];
  for (const separator of [' ', '\n', '\u00a0 ']) {
    const words = Array.from({ length: 900 }, (_, at) => (at % 7 === 0 ? 'stars' : 'film'));
    const pieces = [...encode([words.join(separator)])].filter((index) => index !== 0);
    const each = words.flatMap((word) => [...encode([word])].filter((index) => index > last));
    assert.deepEqual(pieces, [first, ...each.slice(0, 998), last]);
  }
});

test('rare Chinese characters stand alone, and a sigma at a word’s end is one like any other', () => {
  const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'bank', 'ςσ', '𠀀', 'σσ', '##bank'];
  const { normalizer } = readWordPieces(tokenizer);
  const encode = createPieceEncoder({ pieces, normalizer }, 6);
  assert.deepEqual([...encode(['bank𠀀bank'])], [2, 4, 6, 4, 3, 0]);
  assert.deepEqual([...encode(['ΣΣ'])], [2, 7, 3, 0, 0, 0]);
});

test('a long text without white space is divided, never within a character', () => {
  const { normalizer } = readWordPieces(tokenizer);
  const pieces = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '𠀀'];
  const encode = createPieceEncoder({ pieces, normalizer }, 5000);
  assert.equal([...encode([`a${'𠀀'.repeat(3000)}`])].filter((index) => index === 4).length, 3000);
  const marks = '\u0301\u0316'.repeat(500_000);
  assert.equal(createPieceEncoder({ pieces, normalizer }, 8)([marks]).length, 8);
});

const wrong: [name: string, given: unknown, message: RegExp][] = [
  ['no object', null, /of the kind undefined/],
  [
    'a tokenizer of another kind',
    { ...tokenizer, model: { type: 'BPE', vocab: {} } },
    /of the kind BPE, BertNormalizer/,
  ],
  ['another normaliser', { ...tokenizer, normalizer: { type: 'Replace' } }, /WordPiece, Replace/],
  [
    'another prefix of pieces',
    withModel({ continuing_subword_prefix: '@@' }),
    /continuing_subword_prefix is "@@"/,
  ],
  ['another longest word', withModel({ max_input_chars_per_word: 3 }), /max_input_chars_per_word is 3/],
  [
    'a piece outside the vocabulary',
    { ...tokenizer, added_tokens: [{ id: 89, content: '[E1]' }] },
    /adds "\[E1\]"/,
  ],
  [
    'settings that are not true or false',
    { ...tokenizer, normalizer: { type: 'BertNormalizer', lowercase: 'yes' } },
    /not true or false/,
  ],
  ['no special pieces', withPieces({ '[PAD]': 0, a: 1 }), /no piece \[UNK\]/],
  [
    'padding that is not 0',
    withPieces({ '[UNK]': 0, '[PAD]': 1, '[CLS]': 2, '[SEP]': 3 }),
    /begins with "\[UNK\]"/,
  ],
  ['an index twice', withPieces({ '[PAD]': 0, '[UNK]': 1, '[CLS]': 2, '[SEP]': 2 }), /every index one piece/],
  ['a gap', withPieces({ '[PAD]': 0, '[UNK]': 1, '[CLS]': 2, '[SEP]': 4 }), /every index one piece/],
  ['an index of a billion', withPieces({ '[PAD]': 0, a: 1e9 }), /gives "a" the index 1000000000/],
];
for (const [name, given, message] of wrong) {
  test(`refused: ${name}`, () => {
    assert.throws(
      () => readWordPieces(given),
      (error) => error instanceof ArtifactFault && message.test(error.message),
    );
  });
}

test('an artifact’s pieces are checked', () => {
  const read = readWordPieces(tokenizer);
  assert.doesNotThrow(() => checkWordPieces(read));
  for (const changed of [
    { pieces: undefined },
    { pieces: [1] },
    { normalizer: undefined },
    { normalizer: { type: 'Foo' } },
  ]) {
    assert.throws(() => checkWordPieces({ ...read, ...changed } as never), ArtifactFault);
  }
});

function withModel(settings: object): unknown {
  return { ...tokenizer, model: { ...tokenizer.model, ...settings } };
}

function withPieces(vocab: Record<string, number>): unknown {
  return { ...tokenizer, model: { ...tokenizer.model, vocab } };
}
