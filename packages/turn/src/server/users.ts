import type { LongTermUsers } from '@hawser/stun';
import { HmacSha1, SHA1_BYTES, utf8Bytes } from '@hawser/wire';

/** A user name and its password. */
export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/**
 * Time-limited credentials as TURN servers with a shared secret take them (draft-uberti-behave-turn-rest): the user name is
 * `expiry:user`, the password the base64 of HMAC-SHA1(secret, user name). What hands them out needs the secret and no
 * connection to the server.
 *
 * @param expiresUnixSeconds seconds since 1970 from which on no allocation can be made with them
 * @param user any text, or empty: the user name is then the expiry alone
 */
export function timeLimitedCredentials(secret: string, expiresUnixSeconds: number, user = ''): Credentials {
  const expiry = String(Math.floor(expiresUnixSeconds));
  const username = user === '' ? expiry : `${expiry}:${user}`;
  return { username, password: new SharedSecret(secret).passwordOf(username) };
}

/** Who may use the server: fixed users, and those who come with a time-limited name. */
export class Users implements LongTermUsers {
  /** Wall time, for what is limited in time. */
  unixMs = 0;
  /** The user of the allocation on whose behalf is asked: it keeps what it has, though its name runs out meanwhile. */
  established: string | undefined;
  readonly #passwords: ReadonlyMap<string, string>;
  readonly #secret: SharedSecret | undefined;

  constructor(passwords: Readonly<Record<string, string>>, secret: string | undefined) {
    this.#passwords = new Map(Object.entries(passwords));
    this.#secret = secret === undefined ? undefined : new SharedSecret(secret);
  }

  /** Whose name it is: a time-limited name is a new one each time it is handed out, and one user's all the same. */
  userOf(username: string): string {
    if (this.#secret === undefined || this.#passwords.has(username)) return username;
    const [, expiry] = EXPIRY.exec(username) ?? [];
    return expiry === undefined || expiry.length + 1 >= username.length ? username : username.slice(expiry.length);
  }

  password(username: string): string | undefined {
    const fixed = this.#passwords.get(username);
    if (fixed !== undefined || this.#secret === undefined) return fixed;
    const expiry = EXPIRY.exec(username);
    if (expiry === null) return undefined;
    if (1000 * Number(expiry[1]) <= this.unixMs && username !== this.established) return undefined;
    return this.#secret.passwordOf(username);
  }
}

class SharedSecret {
  readonly #hmac: HmacSha1;
  readonly #digest = new Uint8Array(SHA1_BYTES);

  constructor(secret: string) {
    this.#hmac = new HmacSha1(utf8Bytes(secret));
  }

  passwordOf(username: string): string {
    const bytes = utf8Bytes(username);
    this.#hmac.digestInto(bytes, 0, bytes.length, this.#digest, 0);
    return btoa(String.fromCharCode(...this.#digest));
  }
}

/** Seconds since 1970, and behind a colon whatever the application likes. */
const EXPIRY = /^([0-9]{1,12})(?::|$)/;
