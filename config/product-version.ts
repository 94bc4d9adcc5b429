import manifest from '../package.json' with { type: 'json' };

/** Version of this product, as its package says. */
export const productVersion: string = manifest.version;
