from fastapi.testclient import TestClient

from app.main import app


def main():
    TestClient(app).get("/health")


if __name__ == "__main__":
    main()
