import { inspect } from 'node:util';
import { fail } from '../vocabulary/failure.ts';
import { isPlaceholder } from '../vocabulary/placeholder.ts';

/**
 * A parsed DSN. Printing it, by any means, shows no password: the field is a method, and what
 * inspection and JSON see is the description.
 */
export class Dsn {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly #password: string;

  constructor(parts: { host: string; port: number; database: string; user: string; password: string }) {
    this.host = parts.host;
    this.port = parts.port;
    this.database = parts.database;
    this.user = parts.user;
    this.#password = parts.password;
  }

  password(): string {
    return this.#password;
  }

  /** `user@host:port/database`: what messages may say. */
  describe(): string {
    return `${this.user}@${this.host}:${this.port}/${this.database}`;
  }

  /** The DSN as text, password included: for secret stores only. */
  reveal(): string {
    const encode = encodeURIComponent;
    return `postgresql://${encode(this.user)}:${encode(this.#password)}@${this.host}:${this.port}/${encode(this.database)}?sslmode=verify-full`;
  }

  toJSON(): string {
    return this.describe();
  }

  toString(): string {
    return this.describe();
  }

  [inspect.custom](): string {
    return `Dsn(${this.describe()})`;
  }
}

/**
 * Reads `postgresql://user:password@host:port/database?sslmode=verify-full`, and nothing else: every
 * part is required, and so is the one query parameter, because a driver lets a URL's `sslmode`
 * override the TLS settings it was given.
 *
 * Throws `DSN_BLANK`, `DSN_PLACEHOLDER`, `DSN_NOT_VERIFIED_TLS` or `DSN_MALFORMED` (78), naming
 * `where` and the part at fault; never any part of the text itself.
 */
export function parseDsn(text: string, where: string): Dsn {
  const refuse = (code: string, message: string): never =>
    fail({
      exit: 'refused',
      code,
      message: `${where} ${message}`,
      where,
      remedy:
        'Store a DSN like postgresql://user:password@host:5432/database?sslmode=verify-full under this name.',
    });
  if (text.trim() === '') return refuse('DSN_BLANK', 'is blank');
  if (isPlaceholder(text)) return refuse('DSN_PLACEHOLDER', 'is a placeholder');
  if (text !== text.trim() || /\s/.test(text)) return refuse('DSN_MALFORMED', 'has white space in it');
  if (!URL.canParse(text)) return refuse('DSN_MALFORMED', 'is not a URL');
  const url = new URL(text);
  if (url.protocol !== 'postgresql:' && url.protocol !== 'postgres:') {
    return refuse('DSN_MALFORMED', 'does not begin with postgresql://');
  }
  if (url.hostname === '') return refuse('DSN_MALFORMED', 'has no host');
  if (url.hash !== '') return refuse('DSN_MALFORMED', 'has a fragment');
  const decode = (part: string, name: string): string => {
    try {
      const decoded = decodeURIComponent(part);
      if (decoded !== '' && !decoded.includes('\0')) return decoded;
    } catch {
      // Falls through: a broken escape is as malformed as an empty part.
    }
    return refuse('DSN_MALFORMED', `has no ${name}`);
  };
  const user = decode(url.username, 'user');
  const password = decode(url.password, 'password');
  const database = decode(url.pathname.slice(1), 'database');
  if (database.includes('/')) return refuse('DSN_MALFORMED', 'has a path of several parts');
  const port = url.port === '' ? 5432 : Number(url.port);
  const query = [...url.searchParams];
  if (query.length !== 1 || query[0]?.[0] !== 'sslmode' || query[0][1] !== 'verify-full') {
    return refuse('DSN_NOT_VERIFIED_TLS', 'must have exactly one query parameter, sslmode=verify-full');
  }
  return new Dsn({ host: url.hostname, port, database, user, password });
}
