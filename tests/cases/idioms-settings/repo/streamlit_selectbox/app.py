import streamlit as st
from openai import OpenAI
model = st.sidebar.selectbox("Model", ["gpt-4o", "gpt-3.5-turbo"])
OpenAI().chat.completions.create(model=model, messages=[])
