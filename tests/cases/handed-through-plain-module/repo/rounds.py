class Rounds:
    def __init__(self, player):
        self.player = player

    def run(self):
        return self.player.answer("begin")
