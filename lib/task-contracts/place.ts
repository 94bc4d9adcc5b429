import { z } from 'zod';

/** The lake, as a URL without a trailing slash. */
const lake = String.raw`s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[A-Za-z0-9._=+-]+)+`;

/** A place that a task can reach: an absolute path on a disk that it sees, or `s3://bucket/prefix` in the lake. */
export const placeSchema = z
  .string()
  .regex(new RegExp(`^(?:\\/.*|${lake})$`), 'an absolute path, or s3://bucket/prefix');

/** As `placeSchema`, of a file with one of these endings. */
export const filePlaceSchema = (endings: readonly string[]) =>
  z
    .string()
    .regex(
      new RegExp(`^(?:\\/.*|${lake})\\.(?:${endings.join('|')})$`),
      `an absolute path or s3://bucket/key that ends in .${endings.join(' or .')}`,
    );
