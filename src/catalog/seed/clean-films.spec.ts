import { cleanFilms } from './clean-films.js';
import type { Film, RawFilm } from './film.js';
import { readFilms } from './read-films.js';

/** The rows as they stand in the data, found by their titles. */
let rows: RawFilm[];
let films: Film[];

beforeAll(async () => {
  rows = await readFilms();
  films = cleanFilms(rows).films;
});

const rowOf = (title: unknown) => rows.find((row) => row.Title === title)!;
const cleaned = (title: unknown) => cleanFilms([rowOf(title)]);

describe('the whole data', () => {
  it('is accounted for, row by row', () => {
    const { report } = cleanFilms(rows);
    expect(report).toEqual({
      read: 3201,
      kept: 3200,
      dropped: { 'no title': 1 },
      repaired: {
        'title was a number': 9,
        'title in a wrong encoding': 18,
        'article behind the title': 5,
        'superfluous spaces': 2,
        'amount of zero': 113,
        'release in a wrong century': 22,
        'unknown MPAA rating': 2,
        'IMDb rating shared by several films': 58,
      },
    });
  });

  it('becomes films whose every value is in its range', () => {
    for (const film of films) {
      expect(film.id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*-(19|20)\d\d$/);
      expect(film.title).toMatch(/^\S(.*\S)?$/);
      expect(film.releasedOn! >= '1914-01-01' && film.releasedOn! <= '2011-12-31').toBe(true);
      for (const amount of [film.budgetUsd, film.usGrossUsd, film.worldwideGrossUsd, film.imdbVotes]) {
        expect(amount === null || amount > 0).toBe(true);
      }
    }
    expect(new Set(films.map(({ id }) => id)).size).toBe(films.length);
  });

  it('gives the same ids whatever the order of the rows', () => {
    const again = cleanFilms(rows.toReversed()).films.map(({ id }) => id);
    expect(again.sort()).toEqual(films.map(({ id }) => id).sort());
  });

  it('can be cleaned again from its own values without a further repair', () => {
    const back = films.map((film): RawFilm => ({
      Title: film.title,
      'MPAA Rating': film.mpaaRating,
      'US Gross': film.usGrossUsd,
    }));
    expect(Object.keys(cleanFilms(back).report.repaired)).toEqual([]);
  });
});

describe('titles', () => {
  it.each([1776, 1941, 1408, 2012, 2046, 21, 300, 9, 54])('takes the number %d for a title', (title) => {
    const {
      films: [film],
      report,
    } = cleaned(title);
    expect(film.title).toBe(String(title));
    expect(report.repaired['title was a number']).toBe(1);
  });

  it('drops the film without one', () => {
    expect(cleaned(null)).toMatchObject({
      films: [],
      report: { read: 1, kept: 0, dropped: { 'no title': 1 } },
    });
  });

  it.each([
    ["Le Fabuleux destin d'AmÈlie Poulain", "Le Fabuleux destin d'Amélie Poulain"],
    ['DÈj‡ Vu', 'Déjà Vu'],
    ['The Naked Gun 2Ω: The Smell of Fear', 'The Naked Gun 2½: The Smell of Fear'],
    ["I Love You Ö Don't Touch Me!", "I Love You … Don't Touch Me!"],
    ['Per qualche dollaro in pi˘', 'Per qualche dollaro in più'],
    ['Obsluhoval jsem anglickÈho kr·le', 'Obsluhoval jsem anglického krále'],
    ['Alien³', 'Alien³'],
    ['Ri¢hie Ri¢h', 'Ri¢hie Ri¢h'],
    ['Barbarians, The', 'The Barbarians'],
    ['Couloirs du temps: Les visiteurs 2, Les', 'Les Couloirs du temps: Les visiteurs 2'],
    ['Halloween:  The Curse of Michael Myers', 'Halloween: The Curse of Michael Myers'],
    ['20,000 Leagues Under the Sea', '20,000 Leagues Under the Sea'],
  ])('reads %p as %p', (title, expected) => {
    expect(cleaned(title).films[0].title).toBe(expected);
  });

  it('leaves a title alone whose accents are right', () => {
    const {
      films: [film],
      report,
    } = cleanFilms([{ Title: 'Élève libre, à Été' }]);
    expect([film.title, report.repaired]).toEqual(['Élève libre, à Été', {}]);
  });
});

describe('releases', () => {
  it.each([
    ['The Wizard of Oz', 'Aug 25 2039', '1939-08-25'],
    ['Intolerance', 'Sep 05 2016', '1916-09-05'],
    ['The Birth of a Nation', 'Feb 08 2015', '1915-02-08'],
    ['The Adventures of Tintin: Secret of the Unicorn', 'Dec 23 2011', '2011-12-23'],
    ['The Land Girls', 'Jun 12 1998', '1998-06-12'],
  ])('dates %p, %p in the data, to %p', (title, raw, expected) => {
    expect(rowOf(title)['Release Date']).toBe(raw);
    expect(cleaned(title).films[0].releasedOn).toBe(expected);
  });

  it.each([
    ['12-Jun-98', '1998-06-12', {}],
    ['1-Jan-15', '1915-01-01', {}],
    ['7-Feb-09', '2009-02-07', {}],
    ['Feb 31 1999', null, { 'unreadable release': 1 }],
    ['Foo 01 1999', null, { 'unreadable release': 1 }],
    ['TBD', null, { 'unreadable release': 1 }],
    [1998, null, {}],
    [null, null, {}],
  ])('reads %p, as in other versions of the data, as %p', (raw, expected, repaired) => {
    const {
      films: [film],
      report,
    } = cleanFilms([{ Title: 'Film', 'Release Date': raw }]);
    expect([film.releasedOn, report.repaired]).toEqual([expected, repaired]);
  });

  it('puts the year into the id, so that a remake is another film', () => {
    const kongs = films.filter(({ title }) => title === 'King Kong');
    expect(kongs.map(({ id }) => id)).toEqual(['king-kong-1976', 'king-kong-2005']);
  });
});

describe('numbers', () => {
  it('takes a gross of zero as unknown', () => {
    const {
      films: [film],
      report,
    } = cleaned(1776);
    expect(film).toMatchObject({ usGrossUsd: null, worldwideGrossUsd: null, budgetUsd: 4_000_000 });
    expect(report.repaired['amount of zero']).toBe(2);
  });

  it('keeps what exceeds 32 bits', () => {
    expect(cleaned('Avatar').films[0].worldwideGrossUsd).toBe(2_767_891_499);
  });

  it('reads numbers in quotes, and nothing into other words', () => {
    const {
      films: [film],
      report,
    } = cleanFilms([
      {
        Title: 'Film',
        'US Gross': '146083',
        'Worldwide Gross': 'Unknown',
        'IMDB Rating': '6.1',
        'IMDB Votes': -3,
      },
    ]);
    expect(film).toMatchObject({
      usGrossUsd: 146_083,
      worldwideGrossUsd: null,
      imdbRating: 6.1,
      imdbVotes: null,
    });
    expect(report.repaired).toEqual({ 'number as text': 2, 'unreadable number': 1 });
  });

  it.each([
    ['King Kong', 132_720],
    ['Jurassic Park 3', 151_365],
    ['Monsters, Inc.', 39_908],
  ])('empties the rating of %p, whose %d votes another film has too', (title, votes) => {
    expect(rowOf(title)['IMDB Votes']).toBe(votes);
    const found = films.filter((film) => film.title === title);
    expect(found.map(({ imdbRating, imdbVotes }) => [imdbRating, imdbVotes])).toEqual(
      found.map(() => [null, null]),
    );
  });

  it('keeps equal ratings of films that have nothing to do with each other', () => {
    for (const title of ['Veronica Guerin', 'Taking Woodstock']) {
      expect(films.find((film) => film.title === title)).toMatchObject({ imdbVotes: 8778 });
    }
  });
});

describe('duplicates', () => {
  it('keeps the first of two rows for one film', () => {
    const { films: kept, report } = cleanFilms([
      { Title: 'Twice', 'Release Date': 'Jun 12 1998', Director: 'First' },
      { Title: 'TWICE', 'Release Date': 'Dec 24 1998', Director: 'Second' },
      { Title: 'Twice', 'Release Date': 'Jun 12 1999' },
    ]);
    expect(kept.map(({ id, director }) => [id, director])).toEqual([
      ['twice-1998', 'First'],
      ['twice-1999', null],
    ]);
    expect(report).toMatchObject({ kept: 2, dropped: { duplicate: 1 } });
  });

  it('names a film that has no letters', () => {
    expect(cleanFilms([{ Title: '...' }]).films[0].id).toBe('untitled');
  });
});
