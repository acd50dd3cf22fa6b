#!/bin/bash
python talk.py --model gpt-4o --turns 40

python talk.py --model gpt-4o --turns 3

python talk.py --model gpt-4o --turns 7
