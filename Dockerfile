# The proxy in an image: docs/install.md says how to run it.
# Any image with Node 22.13 or later and npm will do; from 22.13 on Node reads SQLite itself, and nothing is compiled.
ARG NODE_IMAGE=node:22-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json tsconfig.json ./
RUN npm ci --ignore-scripts --omit=optional
COPY src src
RUN npx tsc -p . && npm prune --ignore-scripts --omit=dev --omit=optional

FROM ${NODE_IMAGE}
WORKDIR /opt/galaxy-proxy
COPY package.json LICENSE ./
COPY assets assets
COPY bin bin
COPY lib lib
COPY --from=build /build/node_modules node_modules
COPY --from=build /build/dist dist
# Of nobody on the host. Where the session map is readable for Galaxy's user alone, run it as that one: --user.
USER 10001:10001
ENV NODE_ENV=production \
	GALAXY_PROXY_IP=0.0.0.0 \
	GALAXY_PROXY_PORT=8800 \
	GALAXY_PROXY_SESSIONS=/map/session_map.sqlite
EXPOSE 8800
# Any answer is a sign of life: without a cookie it is 403.
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s \
	CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.GALAXY_PROXY_PORT}/`).then(() => 0, () => 1).then(process.exit)"]
ENTRYPOINT ["node", "/opt/galaxy-proxy/lib/main.js"]
