# The image has a recent Node, so the Node that npm installs for older machines is removed.
FROM node:24-bookworm-slim AS packages
WORKDIR /srv/broadsheet
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/node-linux-*

FROM node:24-bookworm-slim
WORKDIR /srv/broadsheet
COPY --from=packages /srv/broadsheet/node_modules node_modules
COPY package.json ./
COPY bin bin
COPY src src
COPY templates templates
COPY content content
RUN mkdir data && chown node:node data
USER node
ENV HOST=0.0.0.0 PORT=3000
EXPOSE 3000
VOLUME ["/srv/broadsheet/data"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "bin/broadsheet.js", "start"]
