/** Any JSON value. Numbers are doubles: 64-bit integers travel as decimal strings. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export type JsonObject = { readonly [key: string]: JsonValue };
