import gradio as gr
from openai import OpenAI
client = OpenAI()
def respond(message, history):
    return client.chat.completions.create(model="gpt-4o", messages=[])
demo = gr.ChatInterface(fn=respond)
demo.launch()
