import { describe, expect, it } from 'vitest';
import { RecordLayer13 } from '../record13/record-layer13.ts';
import { Flight13 } from './flight.ts';

/** A flight of one message of 1 000 bytes in the clear, in datagrams of 300 bytes. */
function flight() {
  const records = new RecordLayer13(64);
  const one = new Flight13();
  one.begin('answer');
  one.add(0, 1, 0, new Uint8Array(1000));
  const buffer = new Uint8Array(300);
  /** Lengths of the datagrams that are sent now. */
  const send = () => {
    const lengths: number[] = [];
    for (let length = one.write(records, buffer, 0, 300); length > 0; length = one.write(records, buffer, 0, 300)) {
      lengths.push(length);
    }
    return lengths;
  };
  const ack = (...numbers: number[]) => one.acknowledge(numbers.map((number) => ({ epoch: 0, number })));
  return { one, send, ack };
}

describe('a flight', () => {
  it('is cut to the datagrams, and all of it sent again when asked for', () => {
    const { one, send } = flight();
    expect(send()).toEqual([300, 300, 300, 200]);
    expect(send()).toEqual([]);
    one.rewind();
    expect(send()).toEqual([300, 300, 300, 200]);
  });

  it('is sent again but for what an ACK named', () => {
    const { one, send, ack } = flight();
    send();
    expect(ack(0, 3)).toEqual([]);
    one.rewind();
    expect(send()).toEqual([300, 300]);
    expect(one.isEmpty).toBe(false);
    expect(ack(1, 2)).toEqual([1]);
    expect(one.isEmpty).toBe(true);
  });

  it('has what was sent before a record that arrived, and did not, sent again: once, however often that is said', () => {
    const { send, ack } = flight();
    send();
    ack(2);
    expect(send()).toEqual([300, 300]);
    ack(2);
    expect(send()).toEqual([]);
    // What left behind it may still be under way.
    ack(3);
    expect(send()).toEqual([]);
    // Of the repetitions one arrived that left after the other: that one is lost again.
    ack(5);
    expect(send()).toEqual([300]);
  });

  it('knows a record by epoch and number, and takes no other for it', () => {
    const { one, send, ack } = flight();
    send();
    expect(one.acknowledge([{ epoch: 2, number: 0 }])).toEqual([]);
    expect(ack(99)).toEqual([]);
    one.rewind();
    expect(send().length).toBe(4);
  });

  it('remembers a bounded number of records', () => {
    const { one, send, ack } = flight();
    for (let i = 0; i < 100; i++) {
      one.rewind();
      send();
    }
    expect(ack(0, 1, 2, 3)).toEqual([]); // long forgotten
    expect(ack(396, 397, 398, 399)).toEqual([1]);
  });
});
