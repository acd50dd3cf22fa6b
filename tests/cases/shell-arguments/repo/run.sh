#!/bin/bash
python ask.py --model "$MODEL" --embed-model "${EMBED:-text-embedding-3-large}"
