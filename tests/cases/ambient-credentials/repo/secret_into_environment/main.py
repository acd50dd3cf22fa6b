import os
import streamlit as st
from langchain_groq.chat_models import ChatGroq
os.environ["GROQ_API_KEY"] = st.secrets.get("GROQ_API_KEY")
ChatGroq(model="llama-3.1-70b-versatile").invoke("x")
