import litellm

OPTIONS = {"model": "gemini/gemini-2.0-flash", "temperature": 0}

litellm.completion(messages=[{"role": "user", "content": "hello"}], **OPTIONS)
