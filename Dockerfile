# syntax=docker/dockerfile:1

# Both stages are the same system, so that a native package built in one runs in the other.
ARG NODE_IMAGE=node:24-bookworm-slim

# dist/ from src/, with the compiler.
FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY tools ./tools
COPY src ./src
RUN node tools/build.mjs

# What the server needs at run time and nothing else. A stage of its own: it is made beside the build, and made
# again only when the lockfile changes.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE} AS runtime
WORKDIR /app
# Files stay root's: the server cannot change its own code. It writes to /tmp alone, so the root file system can be
# read-only; a DATA_DIR on a volume is needed only where the embedded Postgres shall outlive the container.
# The heap follows the memory limit by NODE_OPTIONS=--max-old-space-size, which belongs beside that limit.
ENV NODE_ENV=production \
    HOST=0.0.0.0 \
    PORT=3000 \
    HOME=/tmp \
    DATA_DIR=/tmp/holdfast \
    MALLOC_ARENA_MAX=2
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
# A number, since Kubernetes' runAsNonRoot cannot check a name.
USER 65532:65532
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/health/live`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/main.js"]
