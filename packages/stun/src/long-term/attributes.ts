import type { StunReader } from '../reader.ts';
import { AttributeType } from '../registry.ts';

/** Where an attribute's value lies. */
export interface Place {
  /** Index of the value; -1 when the attribute is not there. */
  at: number;
  length: number;
}

/** Where the attributes of the long-term credential mechanism lie in a message. Reused. */
export class LongTermAttributes {
  readonly username = newPlace();
  readonly userhash = newPlace();
  readonly realm = newPlace();
  readonly nonce = newPlace();
  readonly algorithm = newPlace();
  readonly algorithms = newPlace();

  /** One pass over the message; the first of a type counts (RFC 8489 14). */
  find(reader: StunReader): void {
    this.username.at = -1;
    this.userhash.at = -1;
    this.realm.at = -1;
    this.nonce.at = -1;
    this.algorithm.at = -1;
    this.algorithms.at = -1;
    for (let found = reader.first(); found; found = reader.next()) {
      const place = this.#placeOf(reader.type);
      if (place === undefined || place.at >= 0) continue;
      place.at = reader.valueOffset;
      place.length = reader.valueLength;
    }
  }

  #placeOf(type: number): Place | undefined {
    switch (type) {
      case AttributeType.username:
        return this.username;
      case AttributeType.userhash:
        return this.userhash;
      case AttributeType.realm:
        return this.realm;
      case AttributeType.nonce:
        return this.nonce;
      case AttributeType.passwordAlgorithm:
        return this.algorithm;
      case AttributeType.passwordAlgorithms:
        return this.algorithms;
      default:
        return undefined;
    }
  }
}

function newPlace(): Place {
  return { at: -1, length: 0 };
}
