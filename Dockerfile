# Flockwork's image: the one binary on a base without a shell, without a package manager, without root.
#
#   docker build -t flockwork .
#   docker run --rm flockwork demo --for 30s
#
# The two bases are arguments, so that a release names them by digest (.github/workflows/image.yml asks
# the registry for the digests, builds with them and writes them into the labels). Nothing here needs
# BuildKit.
ARG BUILDER_IMAGE=docker.io/library/rust:1-bookworm
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${BUILDER_IMAGE} AS builder
WORKDIR /src
# Only what a build needs, so that a change of a document does not build it all again.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY benches benches
COPY bots/*.example.toml bots/
COPY crates crates
RUN cargo build --locked --profile dist -p flockwork \
 && install -D -m 0755 target/dist/flockwork /image/usr/local/bin/flockwork \
 # Any user may be given to the container. Its group is 0 then, unless one is named, so the folders that
 # it writes to are that group's as well.
 && install -d -m 0775 -o 65532 -g 0 /image/app /image/app/bots /image/app/data /image/app/logs

FROM ${BASE_IMAGE}
ARG VERSION=0.0.0
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
ARG BASE_IMAGE
LABEL org.opencontainers.image.title="Flockwork" \
      org.opencontainers.image.description="Runs automated X accounts: writes, reviews, queues and publishes posts on a schedule" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.documentation="docs/deployment.md" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.base.name="${BASE_IMAGE}"

COPY --from=builder /image/usr/local/bin/flockwork /usr/local/bin/flockwork
COPY --from=builder --chown=65532:0 /image/app /app

WORKDIR /app
# Strict by default. The port is only as public as the one who runs the container makes it; in
# production the program demands a token and a proxy with TLS besides.
ENV NODE_ENV=production \
    BIND_ADDRESS=0.0.0.0 \
    HEALTH_CHECK_PORT=3000 \
    DATABASE_PATH=/app/data/flockwork.db \
    FLOCKWORK_BOTS_DIR=/app/bots

USER 65532:65532
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
  CMD ["/usr/local/bin/flockwork", "health"]
ENTRYPOINT ["/usr/local/bin/flockwork"]
CMD ["serve"]
