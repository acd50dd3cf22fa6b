#!/bin/bash
for EMBED in text-embedding-3-large cohere.embed-v4; do
  python ask.py --embed-model=$EMBED
done
