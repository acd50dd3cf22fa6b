#!/bin/bash
CHAT=${CHAT:-gpt-4.1}
aws codebuild start-build --buildspec-override api/buildspec.yml \
  --environment-variables-override name=CHAT,value=$CHAT
