from fastapi import FastAPI

from service.llm import answer

app = FastAPI()


@app.get("/answer")
def get_answer():
    return answer()
