# `ser-live serve` for the CPU: not root, and nothing is written. See docs/serve.md, Containers.
FROM python:3.12-slim AS build
WORKDIR /src
COPY . .
RUN python -m venv /app \
    && /app/bin/pip install --no-cache-dir ".[serve]" \
    && /app/bin/pip uninstall --yes pip

FROM python:3.12-slim
COPY --from=build /app /app
ENV PATH=/app/bin:$PATH PYTHONUNBUFFERED=1
USER 65534:65534
EXPOSE 8765
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8765/health', timeout=4)"]
ENTRYPOINT ["ser-live", "serve", "--host", "0.0.0.0"]
