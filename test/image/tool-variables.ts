/** What tells a container tool of this machine where it finds its daemon, or how it works: no task's business. */
export const toolVariables = ['CONTAINERS_CONF', 'DOCKER_HOST'] as const;
