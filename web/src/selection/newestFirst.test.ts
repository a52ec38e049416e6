// However fast the questions come, one is under way, the newest is next, and the last one is answered.
import { expect, it } from 'vitest';
import { newestFirst } from './newestFirst';

/** Questions as they were asked, each answered by hand. */
function bench() {
  const asked: { question: number; answer: (value: string) => void; refuse: () => void }[] = [];
  const told: string[] = [];
  const push = newestFirst<number, string>(
    (question) =>
      new Promise((answer, reject) => {
        asked.push({ question, answer, refuse: () => reject(new Error('refused')) });
      }),
    (answer) => told.push(answer),
  );
  const settle = () => new Promise((done) => setTimeout(done, 0));
  return { asked, told, push, settle };
}

it('asks the first at once and then only the newest', async () => {
  const { asked, told, push, settle } = bench();
  for (const question of [1, 2, 3, 4]) push(question);
  expect(asked.map(({ question }) => question)).toEqual([1]);
  asked[0]?.answer('one');
  await settle();
  expect(asked.map(({ question }) => question)).toEqual([1, 4]);
  asked[1]?.answer('four');
  await settle();
  expect(told).toEqual(['one', 'four']);
  expect(asked).toHaveLength(2);
});

it('tells nothing once nothing is wanted, and begins anew', async () => {
  const { asked, told, push, settle } = bench();
  push(1);
  push(null);
  asked[0]?.answer('late');
  await settle();
  expect(told).toEqual([]);
  push(2);
  asked[1]?.answer('two');
  await settle();
  expect(told).toEqual(['two']);
});

it('goes on after a refusal', async () => {
  const { asked, told, push, settle } = bench();
  push(1);
  push(2);
  asked[0]?.refuse();
  await settle();
  asked[1]?.answer('two');
  await settle();
  expect(told).toEqual(['two']);
});
