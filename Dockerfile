# tickbell-ingestion, tickbell-notifier and tickbell-replay in one small image; docker-compose.yml starts what is needed.

FROM node:20-bookworm-slim AS packages
WORKDIR /packages
COPY common/store/sqlite/package.json common/store/sqlite/package-lock.json sqlite/
COPY examples/dashboard dashboard/
RUN for folder in sqlite dashboard; do \
        npm ci --prefix $folder --ignore-scripts --no-audit --no-fund --loglevel=error || exit 1; \
    done && \
    npm run --silent --prefix dashboard build

FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends \
        ca-certificates clang-19 cmake lld-19 ninja-build \
        libboost1.81-dev libcli11-dev libcurl4-openssl-dev libfmt-dev libspdlog-dev libsqlitecpp-dev libssl-dev \
        libtomlplusplus-dev prometheus-cpp-dev rapidjson-dev zlib1g-dev
WORKDIR /src
COPY . .
COPY --from=packages /packages/sqlite/node_modules common/store/sqlite/node_modules
RUN cmake --preset release -DTICKBELL_TESTS=OFF -DCMAKE_C_COMPILER_LAUNCHER= -DCMAKE_CXX_COMPILER_LAUNCHER= && \
    ninja -C build/release --quiet tickbell-ingestion tickbell-notifier tickbell-replay && \
    strip build/release/bin/tickbell-*

FROM debian:bookworm-slim
# curl is what the health checks connect with.
RUN apt-get update && apt-get install -y --no-install-recommends \
        ca-certificates curl libcurl4 libfmt9 libprometheus-cpp-core1.0 libspdlog1.10 libssl3 libtomlplusplus3 zlib1g && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin tickbell && \
    install -d -o tickbell -g tickbell -m 700 /data
COPY --from=build /src/build/release/bin/tickbell-ingestion /src/build/release/bin/tickbell-notifier \
    /src/build/release/bin/tickbell-replay /usr/local/bin/
COPY --from=packages /packages/dashboard/dist /usr/local/share/tickbell/dashboard
ENV TICKBELL_DASHBOARD=/usr/local/share/tickbell/dashboard
USER 10001:10001
WORKDIR /data
