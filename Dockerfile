# The one image of all tasks and services. Its context is written by `npm run image`, which also gives the base:
# an image with Node 24 and the C++ runtime, such as node:24-bookworm-slim by its digest.
ARG BASE_IMAGE

# Native packages are loaded once here, so that a base they cannot run on makes no image.
FROM ${BASE_IMAGE} AS proven
COPY app /app
WORKDIR /app
RUN ["node", "--input-type=module", "--eval", "await Promise.all(['nodejs-polars', '@duckdb/node-api', 'libpg-query'].map((name) => import(name)))"]

FROM ${BASE_IMAGE}
ARG VERSION
ARG CONTEXT_SHA256
LABEL org.opencontainers.image.title="fraud-platform" \
      org.opencontainers.image.version="${VERSION}" \
      fraud-platform.context-sha256="${CONTEXT_SHA256}"
# ECS mounts an empty folder of root's over it, unless the image declares a volume at that path: then contents and
# owner of the image's folder are taken over.
COPY --chown=65532:65532 scratch /scratch
VOLUME ["/scratch"]
COPY opt /opt
COPY --from=proven /app /app
WORKDIR /app
ENV NODE_ENV=production
USER 65532:65532
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "tasks/main.mjs"]
