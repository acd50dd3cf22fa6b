import os

from langchain_openai import ChatOpenAI
from pydantic import SecretStr

local = ChatOpenAI(model="gpt-4o", api_key=SecretStr(os.getenv("LOCAL_LLM_API_KEY", "lm-studio")))
local.invoke("x")
hosted = ChatOpenAI(model="gpt-4.1", api_key=os.getenv("HOSTED_LLM_API_KEY"))
hosted.invoke("x")
