import os

import streamlit as st
from openai import OpenAI

st.write(OpenAI().chat.completions.create(model=os.environ["PAGE_MODEL"], messages=[]))
