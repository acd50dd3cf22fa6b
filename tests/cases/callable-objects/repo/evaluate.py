class Evaluator:
    def __init__(self, game, model):
        self.game = game
        self.model = model

    def run(self):
        return self.model([self.game])


def ask(chat, history):
    return chat(history)
