# modelguard in an image: `docker run --rm --network none --volume "$PWD:/work:ro" modelguard check --base origin/main`
FROM python:3.12-slim AS build
COPY . /source
RUN bash /source/requirements/install.sh python3 /source /opt/modelguard

FROM python:3.12-slim
RUN apt-get update -q \
 && apt-get install -y -q --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 modelguard \
 # What is mounted belongs to somebody else; git reads it all the same, and runs nothing of it (workspace/git.py).
 && git config --system --add safe.directory '*'
COPY --from=build /opt/modelguard /opt/modelguard
ENV PATH="/opt/modelguard/bin:$PATH" PYTHONDONTWRITEBYTECODE=1 MODELGUARD_CACHE_DIR=/tmp/modelguard
USER modelguard
WORKDIR /work
ENTRYPOINT ["modelguard"]
CMD ["check"]
