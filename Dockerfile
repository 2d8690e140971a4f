# Calotype as an image for Docker or Podman:  docker build -t calotype .
#
# The root file system may be read-only. What must be writable:
#   /var/lib/calotype   a volume: uploads in progress and, unless settings put them elsewhere, blobs, database and secret
#   /tmp                a tmpfs of a few MB: the figures that several server processes share
#
# No capability is needed. The image workers confine themselves with seccomp and Landlock; the default profiles of Docker
# (23 and newer) and Podman allow that. Docker's forbids user namespaces, without which the layer 'threads' is missing, and
# images.sandbox = "require" refuses to work. 'calotype doctor' in the container shows which layers are active.

ARG BASE=debian:bookworm-slim


FROM ${BASE} AS build

RUN apt-get update -q \
    && apt-get install -y -q --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1

# The same steps as in 'make run'. The lock file also contains the build tools (requirements/build.in). It has a layer of its own,
# so packages are installed again only when it changes.
COPY requirements/run.txt requirements/
RUN python3 -m venv /opt/calotype \
    && /opt/calotype/bin/python -m pip install --quiet --require-hashes --requirement requirements/run.txt

COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src src
RUN /opt/calotype/bin/python -m pip install --quiet --no-build-isolation --no-deps . \
    && /opt/calotype/bin/python -m pip uninstall --quiet --yes pip setuptools


FROM ${BASE}

# libseccomp2: one layer of the confinement. ca-certificates: for an S3 store with HTTPS.
RUN apt-get update -q \
    && apt-get install -y -q --no-install-recommends ca-certificates libseccomp2 python3 \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --gid 10001 calotype \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/calotype --shell /usr/sbin/nologin calotype \
    && install -d -o 10001 -g 10001 -m 0700 /var/lib/calotype

COPY --from=build /opt/calotype /opt/calotype

ENV PATH=/opt/calotype/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CALOTYPE_STORAGE__DATA=/var/lib/calotype \
    CALOTYPE_HTTP__HOST=0.0.0.0

USER 10001:10001
WORKDIR /var/lib/calotype
VOLUME /var/lib/calotype
EXPOSE 8000

# Checks that the process answers, not the database and the store, because a restart would not repair those. Ignores a proxy in
# the environment, which could not reach this container.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.build_opener(r.ProxyHandler({})).open('http://127.0.0.1:%s/health/live/' % os.environ.get('CALOTYPE_HTTP__PORT', 8000), timeout=4)"]

ENTRYPOINT ["calotype"]
CMD ["serve"]
