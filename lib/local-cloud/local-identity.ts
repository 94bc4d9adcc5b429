/** Account of every local environment. */
export const localAccount = '000000000000';
/** Region of every local environment. */
export const localRegion = 'eu-west-2';
