# The image of docker-compose.yml's web, worker, beat and migrate: one image, four commands.
FROM python:3.13-slim AS build
WORKDIR /app
COPY . .
# The same set-up as on any other machine; what only served to fetch files stays behind.
RUN python scripts/bootstrap.py && rm -rf .build/node node_modules

FROM python:3.13-slim
RUN useradd --create-home --uid 10001 o2c && install -d -o o2c -g o2c /data
WORKDIR /app
COPY --from=build /app /app
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 O2C_RUN_DIR=/data O2C_BIND=0.0.0.0
USER o2c
VOLUME /data
EXPOSE 8000
CMD [".venv/bin/python", "manage.py", "serve", "web"]
