from huggingface_hub import InferenceClient


def test_answers():
    assert InferenceClient().chat_completion(messages=[], model="google/gemma-2-2b-it")
