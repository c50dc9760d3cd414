# The proxy in an image: docs/install.md says how to run it.
# Any image with npm and Node 22.13 or later works. These versions have SQLite built in, so nothing is compiled.
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
RUN for name in galaxy-proxy gx-it-proxy gx-it-proxy-create-db; do \
	ln -s "/opt/galaxy-proxy/bin/$name.js" "/usr/local/bin/$name"; done
# An id that no user of the host has. If only Galaxy's user may read the session map, run the container with --user.
USER 10001:10001
ENV NODE_ENV=production \
	GALAXY_PROXY_IP=0.0.0.0 \
	GALAXY_PROXY_PORT=8800 \
	GALAXY_PROXY_SESSIONS=/map/session_map.sqlite
EXPOSE 8800
# Any answer means that it is running: without a cookie it is 403.
HEALTHCHECK --interval=30s --timeout=5s --start-period=5s \
	CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.GALAXY_PROXY_PORT}/`).then(() => 0, () => 1).then(process.exit)"]
ENTRYPOINT ["node", "/opt/galaxy-proxy/lib/main.js"]
