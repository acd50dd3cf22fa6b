#!/bin/bash
MODEL=${1:-gpt-4.1-mini}
python ask.py --model "$MODEL"
