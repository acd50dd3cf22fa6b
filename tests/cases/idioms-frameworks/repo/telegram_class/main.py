from bot import Bot
if __name__ == "__main__":
    Bot("gpt-4o").run()
