/** What a task definition is rendered with whose task is never a process: it has no image, no store and no scratch. */
export const nowhere = {
  image: 'local',
  imageDigest: 'local',
  evidenceStore: 'file:///nowhere/',
  databaseAuthorities: '',
  scratch: '/nowhere',
  settings: {},
} as const;
