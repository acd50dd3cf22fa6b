def main() -> None:
    print("no model")
