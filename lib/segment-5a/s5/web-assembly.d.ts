/**
 * The part of WebAssembly's interface that is used here, as a global of Node; its types come with those of
 * browsers only.
 */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
};
