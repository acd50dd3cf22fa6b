import os
import streamlit as st
from langchain_groq import ChatGroq
ChatGroq(model="llama-3.1-70b-versatile", api_key=st.secrets["GROQ_API_KEY"]).invoke("x")
