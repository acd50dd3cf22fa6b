from fastapi import FastAPI
from routes import setup

def create_app():
    app = FastAPI()
    setup(app)
    return app

app = create_app()
