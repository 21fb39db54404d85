# Two images: `product` (web, worker, beat, migrate) and `devchain` (a development chain).

FROM python:3.11-slim AS builder
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.txt /build/
RUN /venv/bin/pip install --quiet -r /build/requirements.txt
WORKDIR /app
COPY . .
# Neither step connects to anything; the values only let the settings load.
RUN PATH=/venv/bin:$PATH \
    && python -m contracts.scripts.compile \
    && SECRET_KEY=used-at-build-time-only-and-never-at-run-time \
       DATABASE_URL=postgres://none:none@localhost/none \
       REDIS_URL=redis://localhost/0 \
       CHAIN_RPC_URL=http://localhost:8545 \
       STATIC_ROOT=/app/var/static \
       python manage.py collectstatic --noinput --verbosity=0

FROM python:3.11-slim AS product
RUN groupadd --gid 10001 foggara \
    && useradd --uid 10001 --gid foggara --no-create-home --shell /usr/sbin/nologin foggara \
    && install -d -o foggara -g foggara /data /data/media
COPY --from=builder /venv /venv
COPY --from=builder /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    STATIC_ROOT=/app/var/static MEDIA_ROOT=/data/media
WORKDIR /app
USER foggara
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--config", "config/gunicorn.py", "--bind", "0.0.0.0:8000"]

FROM node:20-slim AS devchain
WORKDIR /chain
# The native binary itself, for the package's Node wrapper does not pass signals on.
RUN npm install --no-audit --no-fund --ignore-scripts @foundry-rs/anvil@1.7.1 \
    && ln -s /chain/node_modules/@foundry-rs/anvil-linux-*/bin/anvil /usr/local/bin/anvil \
    && install -d -o node -g node /data
USER node
VOLUME /data
EXPOSE 8545
CMD ["anvil", "--host", "0.0.0.0", "--chain-id", "31337", "--mixed-mining", "--block-time", "2", \
     "--state", "/data/state.json", "--state-interval", "10", "--quiet"]
