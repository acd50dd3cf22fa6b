#!/bin/bash
python main.py -m llm.model=gpt-4.1,gpt-4.1-mini
