import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../data/random';
import { normalise } from './normalise';
import { tokenise, writePlainTokens } from './tokenizer';

test('tokenise() gives the tokens of a title', () => {
  assert.deepEqual(
    tokenise('Robot-made soup: U.S. & E.U. (again)!'),
    'robot made soup u s e u again'.split(' '),
  );
  assert.deepEqual(tokenise("“Quoted” goose\u00a0– don’t can't"), ['“quoted', 'goose', 'don’t', "can't"]);
});

test('tokenise() turns every one of Keras’ filter characters into a space', () => {
  for (const character of '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n') {
    assert.deepEqual(tokenise(`a${character}b`), ['a', 'b'], JSON.stringify(character));
  }
});

test('tokenise() gives no empty token and no token with a space, whatever the title', () => {
  const random = seededRandom(1);
  const characters = [...' \t\n\u00a0\u2003aéßİ9_-.,!?\'"“…–🦢\u0301'];
  for (let round = 0; round < 500; round++) {
    const title = Array.from(
      { length: random.integer(20) },
      () => characters[random.integer(characters.length)],
    );
    for (const token of tokenise(title.join(''))) assert.match(token, /^[^\s]+$/u);
  }
});

test('tokenise() knows no tokens in a title without words', () => {
  for (const title of ['', ' ', '?!', ' - ', '\t\n']) assert.deepEqual(tokenise(title), []);
});

test('tokenise() finds the same tokens in plain titles as by normalising them', () => {
  const random = seededRandom(8);
  const characters = [...' \t\n\x1c"\'&_-.,aB9\x00\x7f'];
  for (let round = 0; round < 5000; round++) {
    const title = Array.from({ length: random.integer(20) }, () => characters[random.integer(18)]).join('');
    const beyondAscii = tokenise(`é ${title} é`);
    assert.deepEqual(['é', ...tokenise(` ${title} `), 'é'], beyondAscii, JSON.stringify(title));
  }
});

test('tokenise() parts a text of 100,000 characters in any script, as a short one', () => {
  const mixed = '政府は新しい経済対策を発表した𠀀市场今天上午讨论变化ข่าวตลาดหุ้นไทยปรับตัวขึ้น';
  const whole = mixed.repeat(30);
  const segments = [...new Intl.Segmenter('en', { granularity: 'word' }).segment(whole)];
  const words = segments.filter(({ isWordLike }) => isWordLike).map(({ segment }) => segment);
  assert.deepEqual(tokenise(whole), words);
  for (const text of [mixed, 'goose ', 'é', '! ', ' ', "'", '🦢']) {
    const long = text.repeat(Math.ceil(100_000 / text.length));
    assert.equal(tokenise(long).join('').length, long.replaceAll(/[! ]/g, '').length, text);
  }
});

test('tokens of plain titles are written as they are visited, and other titles are not written', () => {
  const codes = new Uint16Array(200);
  const write = (title: string) => {
    const end = writePlainTokens(title, codes, 3);
    return end < 0 ? undefined : String.fromCharCode(...codes.subarray(3, end));
  };
  assert.equal(write(' Stocks: UP -- 3.5% again'), 'stocks up 3 5 again ');
  assert.equal(write(''), '');
  for (const title of ["the cat's", 'café', 'a\x00b', '日本', "'"]) assert.equal(write(title), undefined);
  fc.assert(
    fc.property(fc.string({ unit: 'binary-ascii', maxLength: 100 }), (title) => {
      const written = write(title);
      if (written !== undefined) assert.deepEqual(written.split(' ').slice(0, -1), tokenise(title));
    }),
    { seed: 1, numRuns: 2000 },
  );
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...'aZ0 -.:\t_'), { maxLength: 40 }), (characters) => {
      const title = characters.join('');
      assert.deepEqual(write(title)?.split(' ').slice(0, -1), tokenise(title));
    }),
    { seed: 1, numRuns: 2000 },
  );
});

/** Joins the words of each run without spaces, segmented by itself, and whatever stands between runs. */
function partEachRun(text: string): string[] {
  const segmenter = new Intl.Segmenter('en', { granularity: 'word' });
  const run = /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}ー\p{sc=Thai}]+/gu;
  const parted = text.replace(run, (found) => {
    const words = [...segmenter.segment(found)].filter(({ isWordLike }) => isWordLike);
    return ` ${words.map(({ segment }) => segment).join(' ')} `;
  });
  return parted.split(' ').filter((token) => token !== '');
}

test('tokenise() parts each run of a script without spaces as if it stood alone, however many there are', () => {
  const piece = fc.constantFrom(...'中文新闻東京ー今テストのまสวัสดีก็ๆ๑aéb1 \u0301𠀀');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 600 }), (pieces) => {
      const text = pieces.join('').normalize('NFC');
      assert.deepEqual(tokenise(text), partEachRun(normalise(text)));
    }),
    { seed: 1, numRuns: 500 },
  );
});

test('tokenise() segments many short runs at a time, since a call costs as much as many words', (t) => {
  const { mock } = t.mock.method(Intl.Segmenter.prototype, 'segment');
  for (const unit of ['中a', '中 ', 'ก中 ', "'ก"]) {
    mock.resetCalls();
    tokenise(unit.repeat(60_000 / unit.length));
    assert.ok(mock.callCount() < 60_000 / 50, `${unit}: ${mock.callCount()} calls`);
  }
});
