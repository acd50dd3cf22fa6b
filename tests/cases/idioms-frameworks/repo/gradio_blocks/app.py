import gradio as gr
from openai import OpenAI
def respond(message):
    return OpenAI().chat.completions.create(model="gpt-4o", messages=[])
with gr.Blocks() as demo:
    box = gr.Textbox()
    btn = gr.Button("go")
    btn.click(respond, inputs=box, outputs=box)
demo.launch()
