import os, requests
MODEL = "gemini-1.5-flash"
url = f"https://generativelanguage.googleapis.com/v1beta/models/{MODEL}:generateContent?key={os.environ['GEMINI_API_KEY']}"
requests.post(url, json={"contents": []})
