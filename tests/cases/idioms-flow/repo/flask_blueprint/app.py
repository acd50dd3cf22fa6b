from flask import Flask
from chat import bp
def create_app():
    app = Flask(__name__)
    app.register_blueprint(bp)
    return app
if __name__ == "__main__":
    create_app().run()
