import { describe, expect, it } from 'vitest';
import { Flight } from '../../../src/graph/budget/flight.ts';

function filled(flight: Flight, now: number, careful = false): number {
  let count = 0;
  for (; flight.room('interactive', now, careful) > 0; count += 1) flight.start('interactive', now);
  return count;
}

function answer(flight: Flight, count: number): void {
  for (let i = 0; i < count; i += 1) {
    flight.end('interactive');
    flight.succeeded();
  }
}

describe('requests in flight', () => {
  it('begin with a burst, then eight at once', () => {
    const flight = new Flight(8);
    expect(filled(flight, 0)).toBe(20);
    answer(flight, 20);
    expect(filled(flight, 0)).toBe(8);
  });

  it('are as many as before when a burst comes after a pause', () => {
    const flight = new Flight(8);
    answer(flight, filled(flight, 0));
    expect(filled(flight, 60_000)).toBe(20);
  });

  it('grow with success where all of them are used, and only there', () => {
    const used = new Flight(8);
    for (let i = 0; i < 200; i += 1) answer(used, filled(used, 0, true));
    expect(filled(used, 0, true)).toBeGreaterThan(12);
    const idle = new Flight(8);
    for (let i = 0; i < 5000; i += 1) {
      idle.start('interactive', 0);
      answer(idle, 1);
    }
    expect(filled(idle, 0, true)).toBe(8);
  });

  it('fall to one with a refusal, and come back to half one by one', () => {
    const flight = new Flight(8);
    flight.halve();
    const rounds = Array.from({ length: 5 }, () => {
      const count = filled(flight, 0);
      answer(flight, count);
      return count;
    });
    expect(rounds).toEqual([1, 2, 4, 4, 4]);
  });

  it('leave room for a person, whatever long jobs have under way', () => {
    const flight = new Flight(8);
    while (flight.room('bulk', 0, false) > 0) flight.start('bulk', 0);
    expect(filled(flight, 0)).toBe(4);
  });
});
