#!/bin/bash
python bare.py --model gpt-4.1-mini
