import streamlit as st
from openai import OpenAI


def main():
    model = st.selectbox("Model", ["gpt-4o-mini", "gpt-4.1"])
    if question := st.chat_input():
        st.write(OpenAI().responses.create(model=model, input=question).output_text)


if __name__ == "__main__":
    main()
