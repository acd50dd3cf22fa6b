import uvicorn
uvicorn.run("app.main:create_app", factory=True)
