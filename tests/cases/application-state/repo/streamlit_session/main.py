import streamlit as st
from openai import OpenAI
client = OpenAI(api_key=st.secrets["OPENAI_API_KEY"])
if "openai_model" not in st.session_state:
    st.session_state["openai_model"] = "gpt-3.5-turbo"
if prompt := st.chat_input("What is up?"):
    stream = client.chat.completions.create(model=st.session_state["openai_model"], messages=[])
