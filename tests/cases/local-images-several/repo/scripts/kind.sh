#!/bin/bash
docker buildx build \
  --platform linux/amd64 \
  --tag batcher:latest \
  -f worker/build.Dockerfile .
kind load docker-image batcher:latest
